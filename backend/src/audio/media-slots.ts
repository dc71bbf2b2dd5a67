import { DomainError } from '../domain/errors.js';
import { because } from '../domain/reasons.js';

export interface SlotLimits {
  /** How many programs run at the same time. */
  atOnce: number;
  /** How long a caller waits for its turn, in milliseconds; for ever when left out. */
  patienceMs?: number;
  /** How fast they start; without it, as soon as there is a place. */
  pace?: Pace;
}

/** Starting a program stops the whole server for some milliseconds, even one that is ended at once. */
export interface Pace {
  /** So many may start together after a rest. */
  together: number;
  /** One more start is allowed each time this has passed, in milliseconds. */
  everyMs: number;
}

/** More than this many waiting callers would only wait for a refusal. */
const MAX_WAITING = 64;

interface Waiting {
  start(): void;
  refuse(error: DomainError): void;
}

/**
 * Lets a number of programs run at the same time; more wait for their turn, in order. A holder that says it is idle (a
 * listener who has paused) gives way as soon as somebody waits.
 */
export class MediaSlots {
  private running = 0;
  private readonly waiting = new Set<Waiting>();
  private readonly idle = new Set<() => void>();
  /** When all starts so far will have been made up for. */
  private restedAt = 0;
  private pacing: NodeJS.Timeout | undefined;

  constructor(private readonly limits: SlotLimits) {}

  /**
   * Resolves when it is the caller's turn, with the function that ends it.
   * @throws DomainError `not_ready` when the patience runs out or too many wait; `cancelled` when the signal aborts
   */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted) throw cancelled(signal);
    await this.turn(signal);
    let held = true;
    return () => {
      if (held) this.release();
      held = false;
    };
  }

  /** `giveWay` is called once, when somebody waits; it should end the program soon. Returns the function that takes the offer back. */
  offer(giveWay: () => void): () => void {
    this.idle.add(giveWay);
    this.advance();
    return () => this.idle.delete(giveWay);
  }

  private async turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.waiting.size === 0 && this.isFree() && this.untilStartMs() === 0) {
      this.countStart();
      return;
    }
    const { patienceMs } = this.limits;
    if (patienceMs !== undefined && this.waiting.size >= MAX_WAITING) throw busy();
    await new Promise<void>((resolve, reject) => {
      const entry: Waiting = {
        start: () => {
          done();
          resolve();
        },
        refuse: (error) => {
          done();
          reject(error);
        },
      };
      const abort = (): void => entry.refuse(cancelled(signal));
      const timer = patienceMs === undefined ? undefined : setTimeout(() => entry.refuse(busy()), patienceMs);
      const done = (): void => {
        this.waiting.delete(entry);
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      this.waiting.add(entry);
      signal?.addEventListener('abort', abort, { once: true });
      this.advance();
    });
  }

  private release(): void {
    this.running--;
    this.advance();
  }

  /** Those who have waited longest start, as many as may; where only a place is missing, the longest idle gives way. */
  private advance(): void {
    for (const next of this.waiting) {
      const waitMs = this.untilStartMs();
      if (waitMs > 0) {
        this.pacing ??= setTimeout(() => {
          this.pacing = undefined;
          this.advance();
        }, waitMs);
        return;
      }
      if (!this.isFree()) {
        const [longestIdle] = this.idle;
        if (!longestIdle) return;
        this.idle.delete(longestIdle);
        longestIdle();
        return;
      }
      this.countStart();
      next.start();
    }
  }

  private isFree(): boolean {
    return this.running < this.limits.atOnce;
  }

  private untilStartMs(): number {
    const { pace } = this.limits;
    if (!pace) return 0;
    return Math.max(0, Math.ceil(this.restedAt - performance.now() - (pace.together - 1) * pace.everyMs));
  }

  private countStart(): void {
    this.running++;
    const { pace } = this.limits;
    if (pace) this.restedAt = Math.max(this.restedAt, performance.now()) + pace.everyMs;
  }
}

const busy = (): DomainError =>
  new DomainError('not_ready', because('decoders_busy'), {
    transient: true,
  });

/** What whoever left is told. */
export const cancelled = (signal: AbortSignal | undefined): DomainError =>
  new DomainError('cancelled', 'Decoding was cancelled.', { cause: signal?.reason });
