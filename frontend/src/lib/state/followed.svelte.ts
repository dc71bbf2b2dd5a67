/** Something of the server that is asked for again and again while a page shows it. */
export abstract class Followed {
  error = $state.raw<unknown>(null);
  #timer = 0;
  #stopped = false;

  /** Asks, and takes what was answered. @throws what the call throws */
  protected abstract ask(): Promise<void>;
  /** Until it is asked again. */
  protected abstract get pauseMs(): number;

  /** Follows until the returned function is called. */
  start(): () => void {
    this.#stopped = false;
    void this.load();
    return () => {
      this.#stopped = true;
      clearTimeout(this.#timer);
    };
  }

  async load(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.ask();
      this.error = null;
    } catch (error) {
      this.error = error;
    }
    if (this.#stopped) return;
    // Others may have asked meanwhile: one timer is enough.
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.load(), this.pauseMs);
  }
}
