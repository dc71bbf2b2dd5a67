import type { Api } from '$lib/api/api';
import type { Collection } from '$lib/api/types';

/** All collections, by name. */
export class Collections {
  items = $state.raw<Collection[]>([]);
  loaded = $state(false);
  error = $state.raw<unknown>(null);
  /** About to be deleted: lists leave them out. */
  #leaving = $state.raw<readonly string[]>([]);
  readonly shown = $derived(this.items.filter(({ id }) => !this.#leaving.includes(id)));
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
    addEventListener('pagehide', () => {
      for (const id of this.#leaving) this.#api.removeCollectionOnLeave(id);
    });
  }

  async open(): Promise<void> {
    try {
      this.items = await this.#api.collections();
      this.error = null;
      this.loaded = true;
    } catch (error) {
      this.error = error;
    }
  }

  /** Somebody changed one of them: what is shown is read again. */
  follow(): void {
    if (this.loaded) void this.open();
  }

  async create(name: string, description: string | null = null): Promise<Collection> {
    await this.#settle(name);
    const made = await this.#api.createCollection({ name, description });
    this.#put(made);
    return made;
  }

  async change(id: string, patch: { name: string; description: string | null }): Promise<Collection> {
    await this.#settle(patch.name);
    const changed = await this.#api.updateCollection(id, patch);
    this.#put(changed);
    return changed;
  }

  /** Hides it until {@link restore} or {@link remove}. */
  hide(id: string): void {
    this.#leaving = [...this.#leaving, id];
  }

  restore(id: string): void {
    this.#leaving = this.#leaving.filter((other) => other !== id);
  }

  /** Deletes what was hidden; nothing where it was taken back. */
  async remove(id: string): Promise<void> {
    if (!this.#leaving.includes(id)) return;
    try {
      await this.#api.removeCollection(id);
      this.items = this.items.filter((item) => item.id !== id);
    } finally {
      this.restore(id);
    }
  }

  /** A name is free at once when what had it is about to be deleted. */
  async #settle(name: string): Promise<void> {
    const same = this.items.find((item) => item.name.toLowerCase() === name.trim().toLowerCase());
    if (same) await this.remove(same.id);
  }

  #put(collection: Collection): void {
    const others = this.items.filter(({ id }) => id !== collection.id);
    this.items = [...others, collection].sort((a, b) => a.name.localeCompare(b.name));
  }
}
