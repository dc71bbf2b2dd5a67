import type { Api } from '$lib/api/api';
import type { Folder } from '$lib/api/types';

const BUSY_MS = 1000;
const CALM_MS = 5000;

/** The folders that are imported from, kept current while a page shows them. */
export class Folders {
  items = $state.raw<Folder[] | null>(null);
  /** The folders in which others may be chosen; empty while the server allows none. */
  allowed = $state.raw<string[]>([]);
  error = $state.raw<unknown>(null);
  readonly #api: Pick<Api, 'folders'>;
  #timer = 0;
  #stopped = false;

  constructor(api: Pick<Api, 'folders'>) {
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
      const { items, allowed } = await this.#api.folders();
      this.items = items;
      this.allowed = allowed;
      this.error = null;
    } catch (error) {
      this.error = error;
    }
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    const busy = this.items?.some(({ scan }) => scan !== null) ?? false;
    this.#timer = window.setTimeout(() => void this.load(), busy ? BUSY_MS : CALM_MS);
  }
}
