import { DomainError } from '../domain/errors.js';
import { because } from '../domain/reasons.js';

export interface SlotLimits {
  /** How many programs run at the same time. */
  atOnce: number;
  /** How long a caller waits for its turn, in milliseconds; for ever when left out. */
  patienceMs?: number;
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

  constructor(private readonly limits: SlotLimits) {}

  /**
   * Resolves when it is the caller's turn, with the function that ends it.
   * @throws DomainError `not_ready` when the patience runs out or too many wait; `cancelled` when the signal aborts
   */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted) throw cancelled(signal);
    if (this.running < this.limits.atOnce) this.running++;
    else await this.turn(signal);
    let held = true;
    return () => {
      if (held) this.release();
      held = false;
    };
  }

  /** `giveWay` is called once, when somebody waits; it should end the program soon. Returns the function that takes the offer back. */
  offer(giveWay: () => void): () => void {
    if (this.waiting.size > 0) giveWay();
    else this.idle.add(giveWay);
    return () => this.idle.delete(giveWay);
  }

  private async turn(signal: AbortSignal | undefined): Promise<void> {
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
      // After this one waits: a slot that comes free at once is for it.
      const [longestIdle] = this.idle;
      if (longestIdle) {
        this.idle.delete(longestIdle);
        longestIdle();
      }
    });
  }

  /** The slot goes to the one that has waited longest, without being free in between. */
  private release(): void {
    const [next] = this.waiting;
    if (next) next.start();
    else this.running--;
  }
}

const busy = (): DomainError =>
  new DomainError('not_ready', because('decoders_busy'), {
    transient: true,
  });

const cancelled = (signal: AbortSignal | undefined): DomainError =>
  new DomainError('cancelled', 'Decoding was cancelled.', { cause: signal?.reason });
