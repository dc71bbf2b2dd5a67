import { untrack } from 'svelte';
import type { FeedEvent, JobFeed } from './jobs';

/** Changes that come close together are asked about once. */
const GATHER_MS = 400;

/**
 * Something of the server that is kept current while a page shows it and somebody can see the page: asked for when an event
 * tells that it changed, and again and again where no event does, or while none can come.
 */
export abstract class Followed {
  error = $state.raw<unknown>(null);
  /** Id of what a call is under way for. */
  waiting = $state<string | null>(null);
  #timer = 0;
  #stopped = false;
  #gathering = 0;

  /** @param feed tells of `events`; without it there is only asking */
  constructor(
    private readonly feed: Pick<JobFeed, 'watchEvents' | 'whole'> | null = null,
    private readonly events: readonly FeedEvent[] = [],
  ) {}

  /** Asks, and takes what was answered. @throws what the call throws */
  protected abstract ask(): Promise<void>;
  /** Until it is asked again, while no events tell of changes. */
  protected abstract get pauseMs(): number;

  /** Follows until the returned function is called. */
  start(): () => void {
    this.#stopped = false;
    const onVisible = (): void => {
      if (!document.hidden) void this.load();
    };
    document.addEventListener('visibilitychange', onVisible);
    const unwatch = this.feed?.watchEvents([...this.events, 'reset'], (event, data) => this.onEvent(event, data));
    // What asking reads, it also writes: an effect that followed it would ask again at once, without an end.
    untrack(() => void this.load());
    return () => {
      this.#stopped = true;
      clearTimeout(this.#timer);
      clearTimeout(this.#gathering);
      this.#gathering = 0;
      unwatch?.();
      document.removeEventListener('visibilitychange', onVisible);
    };
  }

  /** Something changed: asks before long. */
  protected onEvent(_event: FeedEvent, _data: Record<string, unknown>): void {
    if (this.#gathering || document.hidden) return;
    this.#gathering = window.setTimeout(() => {
      this.#gathering = 0;
      void this.load();
    }, GATHER_MS);
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
    this.#timer = window.setTimeout(() => this.#again(), this.pauseMs);
  }

  /** Makes a call for one thing of it, then looks what it changed. @throws what the call throws */
  async act(id: string, call: () => Promise<unknown>): Promise<void> {
    this.waiting = id;
    try {
      await call();
    } finally {
      this.waiting = null;
      await this.load();
    }
  }

  #again(): void {
    if (!this.feed?.whole || this.error !== null) void this.load();
    else this.#timer = window.setTimeout(() => this.#again(), this.pauseMs);
  }
}
