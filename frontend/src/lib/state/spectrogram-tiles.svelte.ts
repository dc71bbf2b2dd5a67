import { SvelteMap } from 'svelte/reactivity';
import type { Api } from '$lib/api/api';
import { isAbort } from '$lib/api/problem';
import { levelFor, nameOf, TILE_LENGTHS_S, tilesOf, type Tile } from '$lib/audio/tiles';

/** The server draws one or two at a time: more would only wait there. */
const AT_ONCE = 2;
/** Until the view has stopped moving. */
const REST_MS = 120;
const KEPT = 400;

/** The pieces of a sound's spectrogram: those that are seen are asked for, and given up when they are seen no more. */
export class SpectrogramTiles {
  error = $state.raw<unknown>(null);
  /** Some of what is seen is not there yet. */
  busy = $state(true);
  readonly #api: Api;
  readonly #soundId: string;
  readonly #loaded = new SvelteMap<string, { tile: Tile; picture: ImageBitmap }>();
  readonly #loading = new SvelteMap<string, AbortController>();
  #wanted: Tile[] = [];
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api, soundId: string) {
    this.#api = api;
    this.#soundId = soundId;
  }

  /** What is seen now: `pixels` wide. */
  want(from: number, to: number, pixels: number): void {
    this.#wanted = tilesOf(levelFor(to - from, pixels), from, to);
    const names = this.#wanted.map(nameOf);
    for (const [name, loading] of this.#loading) {
      if (names.includes(name)) continue;
      loading.abort();
      this.#loading.delete(name);
    }
    this.error = null;
    this.#tell();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#load(), REST_MS);
  }

  /** What there is of a stretch, coarse before fine: the finer are drawn over the coarser. */
  within(from: number, to: number): { tile: Tile; picture: ImageBitmap }[] {
    return TILE_LENGTHS_S.flatMap((_, level) => {
      const found = tilesOf(TILE_LENGTHS_S.length - 1 - level, from, to).map((tile) => this.#loaded.get(nameOf(tile)));
      return found.filter((entry) => entry !== undefined);
    });
  }

  retry(): void {
    this.error = null;
    this.#load();
  }

  close(): void {
    clearTimeout(this.#rest);
    this.#wanted = [];
    for (const loading of this.#loading.values()) loading.abort();
    this.#loading.clear();
  }

  #load(): void {
    for (const tile of this.#missing()) {
      if (this.#loading.size >= AT_ONCE || this.error) break;
      if (!this.#loading.has(nameOf(tile))) void this.#fetch(tile);
    }
    this.#tell();
  }

  async #fetch(tile: Tile): Promise<void> {
    const name = nameOf(tile);
    const controller = new AbortController();
    this.#loading.set(name, controller);
    try {
      const png = await this.#api.spectrogramTile(this.#soundId, tile, controller.signal);
      const picture = await createImageBitmap(png);
      this.#keep(name, { tile, picture });
    } catch (error) {
      if (!isAbort(error)) this.error = error;
    } finally {
      if (this.#loading.get(name) === controller) this.#loading.delete(name);
    }
    this.#load();
  }

  #keep(name: string, entry: { tile: Tile; picture: ImageBitmap }): void {
    this.#loaded.set(name, entry);
    const [oldest] = this.#loaded.keys();
    if (this.#loaded.size > KEPT && oldest !== undefined) this.#loaded.delete(oldest);
  }

  #missing(): Tile[] {
    return this.#wanted.filter((tile) => !this.#loaded.has(nameOf(tile)));
  }

  #tell(): void {
    this.busy = this.#missing().length > 0;
  }
}
