import type { Api } from '$lib/api/api';
import type { SavedSearch } from '$lib/api/types';
import type { I18n } from '$lib/i18n/i18n.svelte';
import { criteriaOf, savedAs, searchUrl, type Criteria } from '$lib/search/criteria';
import { recall, remember } from './storage';
import type { Toasts } from './toasts.svelte';

const LOOK_MS = 1500;

const UNDO_MS = 8000;

interface Parts {
  api: Pick<Api, 'savedSearches' | 'saveSearch' | 'renameSavedSearch' | 'seeSavedSearch' | 'forgetSavedSearch'>;
  toasts: Pick<Toasts, 'failure' | 'show'>;
  i18n: Pick<I18n, 't'>;
}

/** Searches that were saved, each with how many new sounds fit it. */
export class SavedSearches {
  items = $state.raw<SavedSearch[]>([]);
  loaded = $state(false);
  /** Whether they were asked for, with an answer or without. */
  settled = $state(false);
  /** How many there were last in this browser, so that their place is kept while they are counted anew; null if unknown. */
  readonly expected: number | null;
  #timer = 0;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    const known = recall('saved-searches');
    this.expected = known === null ? null : Number(known);
  }

  async load(): Promise<void> {
    try {
      this.items = await this.#parts.api.savedSearches();
      this.loaded = true;
      remember('saved-searches', String(this.items.length));
    } catch {
      // The banner tells that the server is away.
    } finally {
      this.settled = true;
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

  find(criteria: Criteria): SavedSearch | undefined {
    const url = searchUrl(criteria);
    return this.items.find((saved) => searchUrl(criteriaOf(saved)) === url);
  }

  /** @throws what the call throws */
  async save(criteria: Criteria, name: string): Promise<void> {
    await this.#parts.api.saveSearch({ ...savedAs(criteria), name: name.slice(0, 200) });
    await this.load();
  }

  /** @throws what the call throws */
  async rename(id: string, name: string): Promise<void> {
    await this.#parts.api.renameSavedSearch(id, name);
    await this.load();
  }

  /** One slip may lose a name that was thought about: the way back is offered. */
  async forget(search: SavedSearch): Promise<void> {
    const { api, i18n, toasts } = this.#parts;
    try {
      await api.forgetSavedSearch(search.id);
      this.items = this.items.filter((saved) => saved.id !== search.id);
      const run = (): void => void this.#bringBack(search).catch((error) => toasts.failure(error));
      toasts.show('info', i18n.t.saved.forgotten(search.name), {
        durationMs: UNDO_MS,
        action: { label: i18n.t.trash.undo, run },
      });
    } catch (error) {
      toasts.failure(error);
    }
  }

  /** Where it stood, and with what was new. */
  async #bringBack({ name, query, mode, sort, order, view, seenAt, createdAt }: SavedSearch): Promise<void> {
    await this.#parts.api.saveSearch({ name, query, mode, sort, order, view, seenAt, createdAt });
    await this.load();
  }

  /** Its results are shown: what fits now is no longer new when one comes back. */
  async see(saved: SavedSearch): Promise<void> {
    if (!saved.fresh) return;
    await this.#parts.api.seeSavedSearch(saved.id).catch(() => undefined);
    this.items = this.items.map((one) => (one.id === saved.id ? { ...one, fresh: 0 } : one));
  }
}
