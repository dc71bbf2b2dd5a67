import type { Log } from '../log.js';
import type { SoundRepository } from '../library/library.ports.js';
import { Repeating } from '../repeating.js';
import type { SegmentSource } from './search.ports.js';
import type { VectorIndex } from './vectors.ports.js';

const EVERY_MS = 10 * 60_000;
const SAMPLES = 20;
/** Copies of a recording are as near as it is itself. */
const WITHIN = 20;

/**
 * Looks now and then whether sounds are found by their own vectors, as the database has them: an index that has lost some, or an
 * approximate one that is too rough, is noticed before people do.
 */
export class RecallProbe {
  readonly #probing: Repeating;
  #recall: number | null = null;

  constructor(
    private readonly parts: {
      sounds: Pick<SoundRepository, 'allIds' | 'get'>;
      segments: Pick<SegmentSource, 'segmentsOf'>;
      index: Pick<VectorIndex, 'search' | 'status'>;
      logger: Log;
    },
  ) {
    this.#probing = new Repeating({
      everyMs: EVERY_MS,
      run: () => this.probe(),
      onFailure: (error) => parts.logger.warn({ err: error }, 'the recall of the index could not be probed'),
    });
  }

  /** 0..1 of the last look; null before the first, and while there is nothing to find. */
  get recall(): number | null {
    return this.#recall;
  }

  start(): void {
    this.#probing.start();
  }

  stop(): Promise<void> {
    return this.#probing.stop();
  }

  /** Looks now. */
  async probe(): Promise<void> {
    const { sounds, segments, index } = this.parts;
    const { state, modelKey } = index.status();
    if (state !== 'ready') return;
    const ids = await sounds.allIds();
    let [asked, found] = [0, 0];
    for (let sample = 0; sample < Math.min(SAMPLES, ids.length); sample++) {
      const id = ids[Math.floor(Math.random() * ids.length)]!;
      const sound = await sounds.get(id);
      const own = await segments.segmentsOf(id, modelKey);
      const one = own[Math.floor(Math.random() * own.length)];
      if (!sound || !one) continue;
      const { hits } = await index.search({
        vector: one.vector,
        filter: { among: null },
        limit: WITHIN,
        matchesPerSound: 1,
      });
      // Deleted, or processed anew, while it was looked for.
      if ((await segments.segmentsOf(id, modelKey)).length === 0) continue;
      asked++;
      if (hits.some(({ soundKey }) => soundKey === sound.soundKey)) found++;
    }
    this.#recall = asked === 0 ? null : found / asked;
  }
}
