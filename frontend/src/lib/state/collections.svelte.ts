import type { Api } from '$lib/api/api';
import type { Collection } from '$lib/api/types';

/** All collections, by name. */
export class Collections {
  items = $state.raw<Collection[]>([]);
  loaded = $state(false);
  error = $state.raw<unknown>(null);
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
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
    const made = await this.#api.createCollection({ name, description });
    this.#put(made);
    return made;
  }

  async change(id: string, patch: { name: string; description: string | null }): Promise<Collection> {
    const changed = await this.#api.updateCollection(id, patch);
    this.#put(changed);
    return changed;
  }

  /** Into the server's bin, where it has one. */
  async remove(id: string): Promise<void> {
    await this.#api.removeCollection(id);
    this.items = this.items.filter((item) => item.id !== id);
  }

  /** Out of the bin. @throws what the call throws: another one may have its name meanwhile */
  async restore(id: string): Promise<void> {
    this.#put(await this.#api.restoreCollection(id));
  }

  #put(collection: Collection): void {
    const others = this.items.filter(({ id }) => id !== collection.id);
    this.items = [...others, collection].sort((a, b) => a.name.localeCompare(b.name));
  }
}
