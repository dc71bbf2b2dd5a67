/**
 * Places for short work beside long work: those that long work leaves free, and one more that is never taken by it. Short work
 * that lasts counts as long work from then on.
 */
export class ShortPlaces {
  private short = 0;
  private long = 0;
  private readonly waiting = new Set<() => void>();

  /** @param places for long work */
  constructor(
    private readonly places: number,
    private readonly lastsMs: number,
  ) {}

  async runLong<T>(work: () => Promise<T>): Promise<T> {
    this.long++;
    try {
      return await work();
    } finally {
      this.long--;
      this.wake();
    }
  }

  /** @throws what the signal says when it aborts before there is a place */
  async runShort<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    while (this.short >= Math.max(1, this.places + 1 - this.long)) await this.change(signal);
    this.short++;
    let lasting = false;
    const overdue = setTimeout(() => {
      lasting = true;
      this.short--;
      this.long++;
      this.wake();
    }, this.lastsMs);
    try {
      return await work();
    } finally {
      clearTimeout(overdue);
      if (lasting) this.long--;
      else this.short--;
      this.wake();
    }
  }

  private async change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.waiting.delete(go);
        signal.removeEventListener('abort', go);
        resolve();
      };
      this.waiting.add(go);
      signal.addEventListener('abort', go, { once: true });
    });
    signal.throwIfAborted();
  }

  private wake(): void {
    for (const go of [...this.waiting]) go();
  }
}
