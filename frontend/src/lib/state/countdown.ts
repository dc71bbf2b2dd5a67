const SHORTEST_MS = 1500;

/** A timer that can be held, as while somebody reads what would vanish. */
export class Countdown {
  #timer = 0;
  #startedAt: number | null = null;
  #leftMs: number;
  readonly #end: () => void;

  constructor(ms: number, end: () => void) {
    this.#leftMs = ms;
    this.#end = end;
    this.#start();
  }

  hold(): void {
    if (this.#startedAt === null) return;
    clearTimeout(this.#timer);
    this.#leftMs -= performance.now() - this.#startedAt;
    this.#startedAt = null;
  }

  release(): void {
    if (this.#startedAt !== null) return;
    this.#leftMs = Math.max(SHORTEST_MS, this.#leftMs);
    this.#start();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(): void {
    this.#startedAt = performance.now();
    this.#timer = window.setTimeout(this.#end, this.#leftMs);
  }
}
