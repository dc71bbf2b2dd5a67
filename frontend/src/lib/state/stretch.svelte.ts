/** No closer than this: some hundred samples. */
const LEAST_S = 0.01;

/** The stretch of a sound that is looked at, in seconds. */
export class Stretch {
  from = $state(0);
  to = $state(0);
  readonly #duration: () => number;
  readonly whole = $derived.by(() => this.from <= 0 && this.to >= this.#duration());
  readonly length = $derived(this.to - this.from);

  constructor(duration: () => number) {
    this.#duration = duration;
    this.all();
  }

  all(): void {
    this.from = 0;
    this.to = this.#duration();
  }

  /** Looks at `lengthS` seconds from `from` on, as far as there are any. */
  show(from: number, lengthS: number): void {
    const duration = this.#duration();
    const length = Math.min(duration, Math.max(LEAST_S, lengthS));
    this.from = Math.min(Math.max(0, from), duration - length);
    this.to = this.from + length;
  }

  /** Makes `factor` times less visible, with the place at `seconds` staying where it is. */
  zoom(factor: number, seconds = (this.from + this.to) / 2): void {
    const length = Math.min(this.#duration(), Math.max(LEAST_S, this.length / factor));
    const share = this.length > 0 ? (seconds - this.from) / this.length : 0.5;
    this.show(seconds - share * length, length);
  }

  move(seconds: number): void {
    this.show(this.from + seconds, this.length);
  }

  /** Moves on when this place is not to be seen. */
  reveal(seconds: number): void {
    if (seconds < this.from || seconds > this.to) this.show(seconds - this.length * 0.1, this.length);
  }

  /** Where a place is, as fraction of what is seen. */
  shareOf(seconds: number): number {
    return this.length > 0 ? (seconds - this.from) / this.length : 0;
  }

  at(share: number): number {
    return this.from + Math.min(1, Math.max(0, share)) * this.length;
  }
}
