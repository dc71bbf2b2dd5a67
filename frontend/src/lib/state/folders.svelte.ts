import type { Api } from '$lib/api/api';
import type { Folder } from '$lib/api/types';
import { Followed } from './followed.svelte';
import type { JobFeed } from './jobs';

const BUSY_MS = 1000;
const CALM_MS = 5000;

/** The folders that are imported from, kept current while a page shows them. */
export class Folders extends Followed {
  items = $state.raw<Folder[] | null>(null);
  /** The folders in which others may be chosen; empty while the server allows none. */
  allowed = $state.raw<string[]>([]);
  readonly #api: Pick<Api, 'folders'>;

  constructor(api: Pick<Api, 'folders'>, feed: JobFeed) {
    super(feed, ['folder']);
    this.#api = api;
  }

  protected async ask(): Promise<void> {
    const { items, allowed } = await this.#api.folders();
    this.items = items;
    this.allowed = allowed;
  }

  protected get pauseMs(): number {
    const busy = this.items?.some(({ scan }) => scan !== null) ?? false;
    return busy ? BUSY_MS : CALM_MS;
  }
}
