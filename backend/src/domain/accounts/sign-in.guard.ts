import { setTimeout as wait } from 'node:timers/promises';
import { DomainError } from '../errors.js';
import { because } from '../reasons.js';

/** Wrong passwords for one name from one place that only cost time; the next ones shut the place out of that name. */
const FREE_TRIES = 5;
/** The same for all names together. */
const FREE_TRIES_OF_PLACE = 25;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 2_000;
const FIRST_BLOCK_MS = 30_000;
const LONGEST_BLOCK_MS = 15 * 60_000;
/** Tries are forgotten after this long without a wrong one. */
const REMEMBERED_MS = 15 * 60_000;
/** Counted at a time; what has been quiet for longest makes room. */
const MAX_ENTRIES = 20_000;

interface Tries {
  wrong: number;
  /** Being looked at: as good as wrong until they are known to be right. */
  pending: number;
  blockedUntil: number;
  lastAt: number;
}

/** From where somebody tries, and for which name. */
export interface Attempt {
  /**
   * A browser in which this account has signed in before, or else the network. A guesser who shuts a network out of a name
   * shuts out neither other networks nor the browsers that its owner uses, even in the same network.
   */
  place: string;
  name: string;
}

/**
 * Slows guessers down and shuts them out. Nothing that a guesser does shuts an account as a whole: tries from everywhere together
 * only make the answers to strangers slower.
 */
export class SignInGuard {
  readonly #tries = new Map<string, Tries>();
  readonly #now: () => number;
  readonly #pause: (milliseconds: number) => Promise<unknown>;

  constructor({
    now = () => performance.now(),
    pause = (milliseconds: number): Promise<unknown> => wait(milliseconds),
  } = {}) {
    this.#now = now;
    this.#pause = pause;
  }

  /**
   * Lets somebody try.
   * @param check whether the password is right
   * @returns what the check said, later the more tries were wrong
   * @throws DomainError `too_many_requests` without a look at the password; `options.retryAfterS` says how long
   */
  async attempt({ place, name }: Attempt, check: () => Promise<boolean>): Promise<boolean> {
    const counted = [
      { key: `${place} for ${name}`, free: FREE_TRIES },
      { key: place, free: FREE_TRIES_OF_PLACE },
    ].map(({ key, free }) => ({ free, entry: this.#entry(key) }));
    for (const { entry, free } of counted) this.#admit(entry, free);
    const everywhere = this.#entry(`anywhere for ${name}`);
    for (const { entry } of counted) entry.pending++;
    let right: boolean;
    try {
      right = await check();
    } finally {
      for (const { entry } of counted) entry.pending--;
    }
    if (right) return true;
    const now = this.#now();
    for (const { entry, free } of counted) {
      entry.wrong++;
      const over = entry.wrong - free;
      const blockMs = over < 0 ? 0 : Math.min(LONGEST_BLOCK_MS, FIRST_BLOCK_MS * 2 ** Math.min(over, 10));
      entry.blockedUntil = Math.max(entry.blockedUntil, now + blockMs);
      entry.lastAt = entry.blockedUntil > now ? entry.blockedUntil : now;
    }
    everywhere.wrong++;
    everywhere.lastAt = now;
    await this.#pause(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(everywhere.wrong - 1, 10)));
    return false;
  }

  #admit(entry: Tries, free: number): void {
    const waitMs = entry.blockedUntil - this.#now();
    // Counted before they are looked at: tries that come side by side gain nothing.
    const crowded = entry.pending > 0 && entry.wrong + entry.pending >= free;
    if (waitMs <= 0 && !crowded) return;
    const waitS = Math.max(1, Math.ceil(waitMs / 1000));
    throw new DomainError('too_many_requests', because('sign_in_too_often', { waitS }), { retryAfterS: waitS });
  }

  #entry(key: string): Tries {
    const known = this.#tries.get(key);
    this.#tries.delete(key);
    const kept = known && (known.pending > 0 || this.#now() - known.lastAt < REMEMBERED_MS) ? known : null;
    const entry = kept ?? { wrong: 0, pending: 0, blockedUntil: 0, lastAt: this.#now() };
    // Set anew, so that the order of the map is that of the last tries.
    this.#tries.set(key, entry);
    if (this.#tries.size > MAX_ENTRIES) this.#tries.delete(this.#tries.keys().next().value ?? '');
    return entry;
  }
}
