import type { Api } from '$lib/api/api';
import type { Waveform } from '$lib/api/types';

const CAPACITY = 600;

/** Waveforms by sound and fineness: asked for once, kept while recently used. */
export class Waveforms {
  readonly #api: Api;
  readonly #entries = new Map<string, Promise<Waveform>>();

  constructor(api: Api) {
    this.#api = api;
  }

  get(soundId: string, points: number): Promise<Waveform> {
    const key = `${soundId}/${points}`;
    const known = this.#entries.get(key);
    const entry = known ?? this.#api.waveform(soundId, points);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (!known) {
      entry.catch(() => this.#entries.delete(key));
      const oldest = this.#entries.keys().next().value;
      if (this.#entries.size > CAPACITY && oldest !== undefined) this.#entries.delete(oldest);
    }
    return entry;
  }
}
