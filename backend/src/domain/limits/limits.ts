import type { SharedCounts } from './limits.ports.js';

export const WINDOW_S = 60;
/** Counted at a time; whoever came first makes room. */
const MAX_COUNTED = 100_000;

/** What somebody has left of what they may in this minute. */
export interface Allowance {
  left: number;
  /** Seconds until the next minute begins. */
  resetS: number;
  /** Nothing was left. */
  over: boolean;
}

interface Count {
  /** Counted by this process. */
  own: number;
  /** The part of it that the others know of. */
  told: number;
  /** Counted by the others, as far as known. */
  others: number;
}

/**
 * Counts requests by the minute. Each process counts for itself, so that no request waits for it, and now and then they add
 * up what they have ({@link share}): together they let through little more than one would. What cannot be added up, because
 * Redis is away, is counted by each alone.
 */
export class Limits {
  #minute = -1;
  #counts = new Map<string, Count>();
  readonly #changed = new Set<string>();
  readonly #now: () => number;

  constructor(
    private readonly shared: SharedCounts | null = null,
    { now = Date.now }: { now?: () => number } = {},
  ) {
    this.#now = now;
  }

  /** Takes one of `most` in a minute. What was refused counts as well: who goes on asking gains nothing. */
  take(name: string, most: number): Allowance {
    const seconds = this.#turn();
    const count = this.#countOf(name);
    const over = count.own + count.others >= most;
    count.own++;
    if (this.shared) this.#changed.add(name);
    const left = over ? 0 : Math.max(0, most - count.own - count.others);
    return { left, resetS: Math.max(1, Math.ceil(WINDOW_S - (seconds % WINDOW_S))), over };
  }

  /** Tells the others what was counted since the last time, and learns what they have. */
  async share(): Promise<void> {
    this.#turn();
    if (!this.shared || this.#changed.size === 0) return;
    const minute = this.#minute;
    const counts = this.#counts;
    const sent = new Map<string, number>();
    for (const name of this.#changed) {
      const count = counts.get(name);
      if (count) sent.set(name, count.own - count.told);
    }
    this.#changed.clear();
    const sums = await this.shared.add(minute, sent).catch(() => null);
    for (const [name, more] of sent) {
      const count = counts.get(name);
      const sum = sums?.get(name);
      if (sum !== undefined && count) {
        count.told += more;
        count.others = Math.max(0, sum - count.told);
      } else if (minute === this.#minute) this.#changed.add(name);
    }
  }

  /** Forgets the last minute when another has begun. Answers with the time in seconds. */
  #turn(): number {
    const seconds = this.#now() / 1000;
    const minute = Math.floor(seconds / WINDOW_S);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#counts = new Map();
      this.#changed.clear();
    }
    return seconds;
  }

  #countOf(name: string): Count {
    const known = this.#counts.get(name);
    if (known) return known;
    if (this.#counts.size >= MAX_COUNTED) this.#counts.delete(this.#counts.keys().next().value ?? '');
    const count = { own: 0, told: 0, others: 0 };
    this.#counts.set(name, count);
    return count;
  }
}
