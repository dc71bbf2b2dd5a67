/** Measures the speed of something that grows, over the last seconds. */
export class RateMeter {
  private samples: { at: number; value: number }[] = [];

  constructor(
    private readonly windowMs = 5_000,
    private readonly now: () => number = () => performance.now(),
  ) {}

  add(value: number): void {
    const at = this.now();
    const last = this.samples.at(-1);
    if (last && value < last.value) this.samples = [];
    this.samples.push({ at, value });
    while (this.samples.length > 2 && at - this.samples[0]!.at > this.windowMs) this.samples.shift();
  }

  /** Per second; 0 while it is not known. */
  rate(): number {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.at <= first.at) return 0;
    return ((last.value - first.value) * 1000) / (last.at - first.at);
  }

  reset(): void {
    this.samples = [];
  }
}
