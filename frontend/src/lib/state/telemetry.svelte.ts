import type { Api } from '$lib/api/api';
import type { TelemetrySample } from '$lib/api/types';

export const SHOWN_MS = 15 * 60_000;
const EVERY_MS = 5000;

/** Samples of the running system, kept current while a page shows them. */
export class TelemetryFeed {
  samples = $state.raw<TelemetrySample[]>([]);
  error = $state.raw<unknown>(null);
  readonly #api: Api;
  #timer = 0;
  #stopped = false;

  constructor(api: Api) {
    this.#api = api;
  }

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
      const { samples } = await this.#api.telemetry(this.samples.at(-1)?.at);
      const all = [...this.samples, ...samples];
      // By the server's clock: this device's may go wrong.
      const since = Date.parse(all.at(-1)?.at ?? '') - SHOWN_MS;
      this.samples = all.filter(({ at }) => Date.parse(at) >= since);
      this.error = null;
    } catch (error) {
      this.error = error;
    }
    if (!this.#stopped) this.#timer = window.setTimeout(() => void this.load(), EVERY_MS);
  }
}
