import type { Sound } from '$lib/api/types';

type Listener = (ids: ReadonlySet<string>, change: (sound: Sound) => Sound) => void;

/** Tells every list of a change that was made to sounds here, so that all show it at once. */
export class Edits {
  readonly #listeners = new Set<Listener>();

  /** Calls back with each change until told to stop. */
  watch(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(ids: Iterable<string>, change: (sound: Sound) => Sound): void {
    const all: ReadonlySet<string> = new Set(ids);
    for (const listener of this.#listeners) listener(all, change);
  }

  /** The sound is this now. */
  replace(sound: Sound): void {
    this.tell([sound.id], () => sound);
  }
}
