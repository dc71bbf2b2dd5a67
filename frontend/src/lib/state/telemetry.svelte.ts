import type { Api } from '$lib/api/api';
import type { TelemetrySample } from '$lib/api/types';
import { Followed } from './followed.svelte';

export const SHOWN_MS = 15 * 60_000;
const EVERY_MS = 5000;

/** Samples of the running system, kept current while a page shows them. */
export class TelemetryFeed extends Followed {
  samples = $state.raw<TelemetrySample[]>([]);
  readonly #api: Api;

  constructor(api: Api) {
    super();
    this.#api = api;
  }

  protected async ask(): Promise<void> {
    const { samples } = await this.#api.telemetry(this.samples.at(-1)?.at);
    const all = [...this.samples, ...samples];
    // By the server's clock: this device's may go wrong.
    const since = Date.parse(all.at(-1)?.at ?? '') - SHOWN_MS;
    this.samples = all.filter(({ at }) => Date.parse(at) >= since);
  }

  protected get pauseMs(): number {
    return EVERY_MS;
  }
}
