import type { Api } from '$lib/api/api';
import type { Readiness, Stats } from '$lib/api/types';
import { Followed } from './followed.svelte';

const EVERY_MS = 5000;
/** While nothing goes on. */
const CALM_MS = 20_000;

/** What the installation holds and how it is, kept current while a page shows it. */
export class SystemStatus extends Followed {
  stats = $state.raw<Stats | null>(null);
  readiness = $state.raw<Readiness | null>(null);
  readonly #api: Api;

  constructor(api: Api) {
    super();
    this.#api = api;
  }

  protected async ask(): Promise<void> {
    [this.stats, this.readiness] = await Promise.all([this.#api.stats(), this.#api.readiness()]);
  }

  protected get pauseMs(): number {
    const { queue, index } = this.stats ?? {};
    const calm = queue && queue.active + queue.queued === 0 && index?.state === 'ready' && this.error === null;
    return calm ? CALM_MS : EVERY_MS;
  }
}
