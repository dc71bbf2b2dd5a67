import { nameOfViewer, type Seen, type Viewer } from '../accounts/viewer.js';
import type { CopyRepository } from '../copies/copies.ports.js';
import type { SoundRepository } from '../library/library.ports.js';
import type { Sound, SoundKey } from '../library/library.types.js';
import { LruCache } from '../lru-cache.js';

/** What an answer shows of a sound. */
export interface ShownSound {
  sound: Sound;
  /** How many other sounds are copies of it. */
  copies: number;
}

export interface KeptSoundsParts {
  sounds: Seen<Pick<SoundRepository, 'getByKeys'>>;
  copies: Seen<Pick<CopyRepository, 'counts'>>;
}

/** Several megabytes at most. */
const MOST_KEPT = 4000;

/** Sounds that answers show, read once while the library stays as it is. */
export class KeptSounds {
  private change = -1;
  private kept = new LruCache<string, ShownSound>(MOST_KEPT);

  constructor(private readonly parts: KeptSoundsParts) {}

  /**
   * Those of the sounds that there are for this viewer. What comes back is shared: it must not be changed.
   * @param change the library's change number: nothing of an earlier one is given. Those who have this number may be given what was read
   *   after it changed; those who come then have another one.
   */
  async get(viewer: Viewer, keys: readonly SoundKey[], change: number): Promise<Map<SoundKey, ShownSound>> {
    const name = nameOfViewer(viewer);
    if (change !== this.change) {
      this.change = change;
      this.kept = new LruCache(MOST_KEPT);
    }
    const { kept } = this;
    const found = new Map<SoundKey, ShownSound>();
    const missing: SoundKey[] = [];
    for (const key of keys) {
      const known = kept.get(`${key} ${name}`);
      if (known) found.set(key, known);
      else missing.push(key);
    }
    if (missing.length === 0) return found;
    const rows = await this.parts.sounds(viewer).getByKeys(missing);
    const counts = await this.parts.copies(viewer).counts(missing);
    for (const sound of rows) {
      const shown = { sound, copies: counts.get(sound.soundKey) ?? 0 };
      found.set(sound.soundKey, shown);
      kept.set(`${sound.soundKey} ${name}`, shown);
    }
    return found;
  }
}
