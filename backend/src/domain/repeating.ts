/** Work that is done now and again, one run after the other, until it is stopped. */
export class Repeating {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  /** @param onFailure told of a run that failed; the next one comes all the same */
  constructor(
    private readonly options: { everyMs: number; run: () => Promise<void>; onFailure: (error: unknown) => void },
  ) {}

  /** Long work looks at it between two pieces. */
  get stopped(): boolean {
    return this.#stopped;
  }

  start(): void {
    this.#again();
    this.#timer = setInterval(() => this.#again(), this.options.everyMs);
    this.#timer.unref();
  }

  /** Resolves when the run under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  #again(): void {
    this.#running = this.#running.then(() => this.options.run()).catch(this.options.onFailure);
  }
}
