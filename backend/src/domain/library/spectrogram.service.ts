import { demand, type Actor } from '../accounts/actor.js';
import { DomainError } from '../errors.js';
import type { AudioDecoder } from '../ingest/ingest.ports.js';
import { KeyedLock } from '../keyed-lock.js';
import type { AudioStore } from './library.ports.js';
import type { LibraryService } from './library.service.js';
import type { Sound } from './library.types.js';
import { TILE_LENGTHS_S, type PictureCache, type SpectrogramPicture, type TilePlace } from './spectrogram.ports.js';
import { mustBeginWithin } from './stretch.js';
import { because } from '../reasons.js';

const MAX_HOURS = 4;
const PEAK_POINTS = 800;

interface Png {
  png: Buffer;
  /** Of the content that it shows. */
  sha256: string;
}

/** Pictures of what is in a sound, made when they are first asked for. */
export class SpectrogramService {
  readonly #parts;
  /** Who wants the same picture waits for it; whole sounds are decoded one at a time. */
  readonly #locks = new KeyedLock();

  constructor(parts: {
    library: Pick<LibraryService, 'file' | 'waveform'>;
    store: Pick<AudioStore, 'withLocalFile'>;
    decoder: AudioDecoder;
    pictures: PictureCache;
    tiles: PictureCache;
    /** Rate that is drawn from, hertz. */
    sampleRateHz: number;
    draw: (samples: AsyncIterable<Float32Array>, durationS: number) => Promise<SpectrogramPicture>;
    drawTile: (
      samples: AsyncIterable<Float32Array>,
      tile: { lengthS: number; led: boolean; peak: number },
    ) => Promise<SpectrogramPicture>;
    /** What `drawTile` wants to hear on either side of a tile. */
    tileMarginS: number;
    encode: (picture: SpectrogramPicture) => Promise<Buffer>;
  }) {
    this.#parts = parts;
  }

  /**
   * The whole sound in one picture.
   * @throws DomainError `not_found`; `conflict` while the sound has not been decoded; `too_long` above four hours
   */
  async picture(actor: Actor, id: string, signal: AbortSignal): Promise<Png> {
    const { sound, durationS } = await this.#decoded(actor, id);
    if (durationS > MAX_HOURS * 3600) {
      throw new DomainError('too_long', because('spectrogram_too_long', { hours: MAX_HOURS }));
    }
    const { decoder, sampleRateHz, draw, pictures } = this.#parts;
    const { sha256, hearing } = sound;
    const options = { sampleRateHz, maxDurationS: durationS + 60, signal, hearing };
    const png = await this.#kept(pictures, { name: sha256, turn: 'whole', sha256 }, (path) =>
      draw(decoder.decode(path, options), durationS),
    );
    return { png, sha256 };
  }

  /**
   * A stretch of the sound: nothing else of it is decoded, however long it is.
   * @throws DomainError `not_found`; `conflict` while the sound has not been decoded; `invalid_input` behind its end
   */
  async tile(actor: Actor, id: string, { level, index }: TilePlace, signal: AbortSignal): Promise<Png> {
    const { sound, durationS } = await this.#decoded(actor, id);
    const lengthS = TILE_LENGTHS_S[level]!;
    const startS = index * lengthS;
    mustBeginWithin(durationS, startS);
    const { library, decoder, sampleRateHz, drawTile, tileMarginS: marginS, tiles } = this.#parts;
    const { sha256, hearing } = sound;
    const led = startS > 0;
    const part = { startS: led ? startS - marginS : 0, endS: startS + lengthS + marginS };
    const options = { sampleRateHz, maxDurationS: lengthS + 1, part, signal, hearing };
    // By its length: levels may come to mean others.
    const name = `${sha256}-${lengthS}s-${index}`;
    const png = await this.#kept(tiles, { name, turn: name, sha256 }, async (path) => {
      const { min, max } = await library.waveform(actor, id, PEAK_POINTS);
      const peak = Math.max(...max, ...min.map((low) => -low));
      return drawTile(decoder.decode(path, options), { lengthS, led, peak });
    });
    return { png, sha256 };
  }

  async #decoded(actor: Actor, id: string): Promise<{ sound: Sound; durationS: number }> {
    demand(actor, 'read');
    const { sound } = await this.#parts.library.file(actor, id);
    const { durationS, status } = sound;
    if (durationS !== null && status === 'ready') return { sound, durationS };
    throw new DomainError(
      'conflict',
      status === 'failed' ? because('spectrogram_failed') : because('spectrogram_not_yet'),
    );
  }

  /** From the cache; else made in its turn, and put there. */
  async #kept(
    cache: PictureCache,
    { name, turn, sha256 }: { name: string; turn: string; sha256: string },
    make: (path: string) => Promise<SpectrogramPicture>,
  ): Promise<Buffer> {
    const kept = await cache.get(name);
    if (kept) return kept;
    return this.#locks.run(turn, async () => {
      const meanwhile = await cache.get(name);
      if (meanwhile) return meanwhile;
      const png = await this.#parts.encode(await this.#parts.store.withLocalFile(sha256, make));
      await cache.put(name, png);
      return png;
    });
  }
}
