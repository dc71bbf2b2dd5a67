const WINDOW_MS = 4000;

/** What is added per second, over a window of time. */
export class Speedometer {
  #samples: { at: number; bytes: number }[] = [];
  readonly #windowMs: number;
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now(), windowMs = WINDOW_MS) {
    this.#windowMs = windowMs;
    this.#now = now;
  }

  add(bytes: number): number {
    const at = this.#now();
    this.#samples.push({ at, bytes });
    this.#samples = this.#samples.filter((sample) => at - sample.at <= this.#windowMs);
    const first = this.#samples[0];
    if (!first || at - first.at < 250) return 0;
    const sum = this.#samples.reduce((total, sample) => total + sample.bytes, -first.bytes);
    return Math.max(0, sum / ((at - first.at) / 1000));
  }
}
