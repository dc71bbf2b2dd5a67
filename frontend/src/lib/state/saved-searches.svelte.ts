import type { Api } from '$lib/api/api';
import type { SavedSearch } from '$lib/api/types';
import type { Criteria } from '$lib/search/criteria';

const LOOK_MS = 1500;

type Calls = Pick<Api, 'savedSearches' | 'saveSearch' | 'renameSavedSearch' | 'seeSavedSearch' | 'forgetSavedSearch'>;

/** Searches that were saved, each with how many new sounds fit it. */
export class SavedSearches {
  items = $state.raw<SavedSearch[]>([]);
  loaded = $state(false);
  #timer = 0;
  readonly #api: Calls;

  constructor(api: Calls) {
    this.#api = api;
  }

  async load(): Promise<void> {
    try {
      this.items = await this.#api.savedSearches();
      this.loaded = true;
    } catch {
      // The banner tells that the server is away.
    }
  }

  /** Sounds came or went: many within a moment are one look. */
  lookSoon(): void {
    if (this.#timer || !this.loaded) return;
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      void this.load();
    }, LOOK_MS);
  }

  find({ q, mode }: Criteria): SavedSearch | undefined {
    return this.items.find((saved) => saved.query === q && saved.mode === mode);
  }

  /** @throws what the call throws */
  async save({ q, mode }: Criteria, name: string): Promise<void> {
    await this.#api.saveSearch({ name: name.slice(0, 200), query: q, mode });
    await this.load();
  }

  /** @throws what the call throws */
  async rename(id: string, name: string): Promise<void> {
    await this.#api.renameSavedSearch(id, name);
    await this.load();
  }

  /** @throws what the call throws */
  async forget(id: string): Promise<void> {
    await this.#api.forgetSavedSearch(id);
    this.items = this.items.filter((saved) => saved.id !== id);
  }

  /** Its results are shown: what fits now is no longer new when one comes back. */
  async see(saved: SavedSearch): Promise<void> {
    if (!saved.fresh) return;
    await this.#api.seeSavedSearch(saved.id).catch(() => undefined);
    this.items = this.items.map((one) => (one.id === saved.id ? { ...one, fresh: 0 } : one));
  }
}
