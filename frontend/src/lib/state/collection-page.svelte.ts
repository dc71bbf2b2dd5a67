import { SvelteSet } from 'svelte/reactivity';
import type { Api } from '$lib/api/api';
import type { Collection, Sound } from '$lib/api/types';

/** Changes that come close together are looked at once. */
const GATHER_MS = 400;

/** One collection with its sounds, all of them: a playlist is played and put in order as a whole. */
export class CollectionPage {
  collection = $state.raw<Collection | null>(null);
  sounds = $state.raw<Sound[]>([]);
  loading = $state(false);
  error = $state.raw<unknown>(null);
  readonly #api: Api;
  #id = '';
  /** Changes of this page that are under way, and that were. */
  #changing = 0;
  #changes = 0;
  #reloading = false;

  constructor(api: Api) {
    this.#api = api;
  }

  async open(id: string): Promise<void> {
    if (id !== this.#id) {
      this.collection = null;
      this.sounds = [];
    }
    this.#id = id;
    this.error = null;
    this.loading = true;
    try {
      const read = await this.#read(id);
      if (this.#id === id) [this.collection, this.sounds] = read;
    } catch (error) {
      if (this.#id === id) this.error = error;
    } finally {
      if (this.#id === id) this.loading = false;
    }
  }

  /** It was deleted here: nothing asks for it any more. */
  close(): void {
    this.#id = '';
  }

  /** Somebody changed the collection: shows it as it is now, unless a change of this page is under way. */
  async reload(): Promise<void> {
    if (this.#reloading || this.loading) return;
    this.#reloading = true;
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    this.#reloading = false;
    const [id, changes] = [this.#id, this.#changes];
    if (this.#changing > 0 || id === '') return;
    try {
      const read = await this.#read(id);
      if (this.#id !== id || this.#changes !== changes) return;
      [this.collection, this.sounds] = read;
      this.error = null;
    } catch (error) {
      if (this.#id === id) this.error = error;
    }
  }

  /** Shows a change of some of its sounds at once. */
  apply(ids: ReadonlySet<string>, change: (sound: Sound) => Sound): void {
    this.sounds = this.sounds.map((sound) => (ids.has(sound.id) ? change(sound) : sound));
  }

  /** Fetches a sound anew when it is one of these. */
  async refresh(soundId: string): Promise<void> {
    if (!this.sounds.some(({ id }) => id === soundId)) return;
    try {
      const fresh = await this.#api.sound(soundId);
      this.sounds = this.sounds.map((sound) => (sound.id === soundId ? fresh : sound));
    } catch {
      // Deleted meanwhile: the next visit leaves it out.
    }
  }

  /**
   * Puts a sound at another place, at once; back again where the server refuses.
   * @throws what the call throws
   */
  async move(from: number, to: number): Promise<void> {
    const before = this.sounds;
    const sound = before[from];
    if (!sound || from === to || to < 0 || to >= before.length) return;
    const rest = before.toSpliced(from, 1);
    this.sounds = rest.toSpliced(to, 0, sound);
    try {
      await this.#change(() => this.#api.moveInCollection(this.#id, [sound.id], rest[to]?.id ?? null));
    } catch (error) {
      this.sounds = before;
      throw error;
    }
  }

  /**
   * Takes sounds out. Gives what puts them back where they were.
   * @throws what the call throws
   */
  async takeOut(ids: readonly string[]): Promise<() => Promise<void>> {
    const [before, id] = [this.sounds, this.#id];
    const gone = new SvelteSet(ids);
    this.sounds = before.filter((sound) => !gone.has(sound.id));
    try {
      await this.#change(() => this.#api.removeFromCollection(id, [...ids]));
    } catch (error) {
      this.sounds = before;
      throw error;
    }
    return async () => {
      await this.#change(async () => {
        await this.#api.addToCollection(id, [...ids]);
        await this.#api.moveInCollection(
          id,
          before.map((sound) => sound.id),
          null,
        );
      });
      if (this.#id === id) this.sounds = before;
    };
  }

  async #read(id: string): Promise<[Collection, Sound[]]> {
    const collection = await this.#api.collection(id);
    const sounds: Sound[] = [];
    let cursor: string | null = null;
    do {
      const page = await this.#api.collectionSounds(id, cursor);
      sounds.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor && this.#id === id);
    return [collection, sounds];
  }

  async #change(work: () => Promise<unknown>): Promise<void> {
    this.#changing++;
    try {
      await work();
    } finally {
      this.#changing--;
      this.#changes++;
    }
  }
}
