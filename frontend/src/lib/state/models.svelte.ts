import type { Api } from '$lib/api/api';
import type { Model, ModelSwitch } from '$lib/api/types';
import { Followed } from './followed.svelte';
import type { JobFeed } from './jobs';

const BUSY_MS = 1000;
const CALM_MS = 5000;

/** The models and what is happening to them, kept current while a page shows them. */
export class Models extends Followed {
  items = $state.raw<Model[] | null>(null);
  change = $state.raw<ModelSwitch | null>(null);
  readonly #api: Api;

  constructor(api: Api, feed: JobFeed) {
    super(feed, ['model']);
    this.#api = api;
  }

  protected async ask(): Promise<void> {
    const { items, switch: change } = await this.#api.models();
    this.items = items;
    this.change = change;
  }

  protected get pauseMs(): number {
    const installing = this.items?.some(({ install }) => install?.state === 'running') ?? false;
    return installing || this.change?.state === 'running' ? BUSY_MS : CALM_MS;
  }

  nameOf(id: string): string {
    return this.items?.find((model) => model.id === id)?.name ?? id;
  }
}
