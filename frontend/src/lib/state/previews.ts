import { formatBytes } from '$lib/util/format';
import { UNKNOWN, type Playable } from './player.svelte';

/** Lets files be heard that are not uploaded yet. */
export class Previews {
  readonly #known = new WeakMap<File, Playable>();
  #next = 1;

  of(file: File, path: string): Playable {
    const known = this.#known.get(file);
    if (known) return known;
    let url: string | null = null;
    const item: Playable = {
      key: `file ${this.#next++}`,
      // Made on first use: thousands of object URLs would hold thousands of files open.
      get src() {
        url ??= URL.createObjectURL(file);
        return url;
      },
      fallbackSrc: null,
      title: file.name,
      subtitle: path === file.name ? formatBytes(file.size) : path,
      soundId: null,
      filename: file.name,
      ...UNKNOWN,
      sizeBytes: null,
    };
    this.#known.set(file, item);
    return item;
  }
}
