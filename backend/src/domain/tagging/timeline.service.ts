import { setImmediate } from 'node:timers/promises';
import { demand, type Actor } from '../accounts/actor.js';
import { DomainError } from '../errors.js';
import type { SoundRepository } from '../library/library.ports.js';
import type { LibraryService } from '../library/library.service.js';
import { LruCache } from '../lru-cache.js';
import { because } from '../reasons.js';
import type { SegmentSource, TextEmbedder } from '../search/search.ports.js';
import type { TaggingService } from './tagging.service.js';
import { heardOver, silencesIn, without, type HeardLane } from './timeline.js';

const KEPT = 200;
/** Requests are answered in between pieces of work of about this length. */
const SLICE_MS = 8;

/** What is heard when in a sound, told from the vectors that search uses: nothing is decoded or embedded again. */
export class TimelineService {
  readonly #parts;
  readonly #kept = new LruCache<string, Promise<HeardLane[]>>(KEPT);

  constructor(parts: {
    library: Pick<LibraryService, 'get'>;
    sounds: Pick<SoundRepository, 'peaks'>;
    segments: Pick<SegmentSource, 'segmentsOf'>;
    texts: Pick<TextEmbedder, 'info'>;
    tagging: Pick<TaggingService, 'bank'>;
  }) {
    this.#parts = parts;
  }

  /**
   * Silences, speech, music, then what is heard longest; only what is sure. Kept until the sound, the words or the model change.
   * @throws DomainError `not_found`; `conflict` while the sound has not been processed; `cancelled` at the end of the program
   */
  async timeline(actor: Actor, id: string): Promise<HeardLane[]> {
    demand(actor, 'read');
    const sound = await this.#parts.library.get(actor, id);
    const { durationS, updatedAt } = sound;
    if (durationS === null || sound.status !== 'ready') throw new DomainError('conflict', because('waveform_not_yet'));
    const { stamp } = await this.#bank();
    const key = `${id} ${updatedAt} ${stamp}`;
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const made = this.#make(id, durationS);
    this.#kept.set(key, made);
    made.catch(() => this.#kept.delete(key));
    return made;
  }

  async #bank() {
    const bank = await this.#parts.tagging.bank();
    if (!bank) throw new DomainError('cancelled', because('timeline_ended'));
    return bank;
  }

  async #make(id: string, durationS: number): Promise<HeardLane[]> {
    const { sounds, segments, texts } = this.#parts;
    const { words, spread, modelKey } = await this.#bank();
    const windows = await segments.segmentsOf(id, modelKey);
    let started = performance.now();
    const rest = async (): Promise<void> => {
      if (performance.now() - started < SLICE_MS) return;
      await setImmediate();
      started = performance.now();
    };
    const peaks = await sounds.peaks(id);
    const silences = peaks ? silencesIn(peaks, durationS) : [];
    const heard = await heardOver(windows, words, spread, texts.info.calibration, rest);
    const lanes = heard.map((lane) => ({ ...lane, spans: without(lane.spans, silences) }));
    const silence = { kind: 'silence' as const, name: 'silence', spans: silences };
    return [silence, ...lanes].filter(({ spans }) => spans.length > 0);
  }
}
