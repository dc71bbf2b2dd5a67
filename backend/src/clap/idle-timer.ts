/** Calls back once nothing has been busy for a while. Does not keep the process alive. */
export class IdleTimer {
  private timer: NodeJS.Timeout | null = null;

  /** @param delayMs 0 or infinite: never. */
  constructor(
    private readonly delayMs: number,
    private readonly onIdle: () => void,
  ) {}

  start(): void {
    this.stop();
    if (this.delayMs <= 0 || !Number.isFinite(this.delayMs)) return;
    this.timer = setTimeout(this.onIdle, this.delayMs);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}
