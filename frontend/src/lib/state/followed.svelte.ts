import { untrack } from 'svelte';

/** Something of the server that is asked for again and again while a page shows it and somebody can see the page. */
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
    const onVisible = (): void => {
      if (!document.hidden) void this.load();
    };
    document.addEventListener('visibilitychange', onVisible);
    // What asking reads, it also writes: an effect that followed it would ask again at once, without an end.
    untrack(() => void this.load());
    return () => {
      this.#stopped = true;
      clearTimeout(this.#timer);
      document.removeEventListener('visibilitychange', onVisible);
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
    if (this.#stopped || document.hidden) return;
    // Others may have asked meanwhile: one timer is enough.
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.load(), this.pauseMs);
  }
}
