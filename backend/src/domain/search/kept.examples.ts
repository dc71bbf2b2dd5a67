import { nameOfViewer, type Seen, type Viewer } from '../accounts/viewer.js';
import type { SoundRepository } from '../library/library.ports.js';
import type { Sound } from '../library/library.types.js';
import { LruCache } from '../lru-cache.js';
import type { SegmentSource, TextEmbedder } from './search.ports.js';

/** A sound that is searched with. */
export interface Example {
  sound: Sound;
  /** In order of time; none while it was not processed. */
  segments: Awaited<ReturnType<SegmentSource['segmentsOf']>>;
}

export interface KeptExamplesParts {
  sounds: Seen<Pick<SoundRepository, 'get'>>;
  segments: Pick<SegmentSource, 'segmentsOf'>;
  texts: Pick<TextEmbedder, 'info'>;
}

const MOST_KEPT = 16;
/** Of a sound that is kept: some 40 minutes, and a megabyte. */
const MOST_SEGMENTS = 500;

/** Examples as searches go by them, read once for what is asked several times in a search and by its further pages. */
export class KeptExamples {
  private change = -1;
  private kept = new LruCache<string, Example>(MOST_KEPT);

  constructor(private readonly parts: KeptExamplesParts) {}

  /**
   * Null where there is no such sound for this viewer. What comes back is shared: it must not be changed.
   * @param change the library's change number: nothing of an earlier one is given
   */
  async get(viewer: Viewer, soundId: string, change: number): Promise<Example | null> {
    if (change !== this.change) {
      this.change = change;
      this.kept = new LruCache(MOST_KEPT);
    }
    const { kept } = this;
    const name = `${soundId} ${nameOfViewer(viewer)}`;
    const known = kept.get(name);
    if (known) return known;
    const sound = await this.parts.sounds(viewer).get(soundId);
    if (!sound) return null;
    const example = { sound, segments: await this.parts.segments.segmentsOf(soundId, this.parts.texts.info.key) };
    if (example.segments.length <= MOST_SEGMENTS) kept.set(name, example);
    return example;
  }
}
