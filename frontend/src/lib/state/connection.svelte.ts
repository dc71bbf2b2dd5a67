import { UnreachableError } from '$lib/api/problem';

const RETRY_MS = 3000;

/** Knows whether the server answers; while it does not, asks again every few seconds. */
export class Connection {
  lost = $state(false);
  /** Whether the server ever answered since the page was opened. */
  reached = $state(false);
  /** Rises each time the server came back, so that pages load again what they missed. */
  recoveries = $state(0);
  readonly #ping: () => Promise<void>;
  #timer = 0;

  constructor(ping: () => Promise<void>) {
    this.#ping = ping;
    addEventListener('offline', () => this.report(new UnreachableError()));
    addEventListener('online', () => void this.check());
  }

  /** Tells of the outcome of a call. Anything but silence proves that the server lives. */
  report(error: unknown): void {
    if (error instanceof UnreachableError) {
      this.#lose();
      return;
    }
    this.reached = true;
    if (error === null && this.lost) this.#recover();
  }

  async check(): Promise<void> {
    if (!this.lost) return;
    clearTimeout(this.#timer);
    try {
      await this.#ping();
      this.#recover();
    } catch {
      this.#timer = window.setTimeout(() => void this.check(), RETRY_MS);
    }
  }

  #lose(): void {
    if (this.lost) return;
    this.lost = true;
    this.#timer = window.setTimeout(() => void this.check(), RETRY_MS);
  }

  #recover(): void {
    clearTimeout(this.#timer);
    this.lost = false;
    this.reached = true;
    this.recoveries += 1;
  }
}
