import { demand, type Actor } from '../accounts/actor.js';
import { DomainError } from '../errors.js';
import type { AudioDecoder } from '../ingest/ingest.ports.js';
import { KeyedLock } from '../keyed-lock.js';
import type { AudioStore } from './library.ports.js';
import type { LibraryService } from './library.service.js';
import type { Sound } from './library.types.js';
import type { PictureCache, SpectrogramPicture } from './spectrogram.ports.js';
import { because } from '../reasons.js';

const MAX_HOURS = 4;

/** Pictures of what is in a sound, made when they are first asked for. */
export class SpectrogramService {
  readonly #parts;
  /** One sound is decoded at a time: pictures wait, processing and searching do not. */
  readonly #locks = new KeyedLock();

  constructor(parts: {
    library: Pick<LibraryService, 'file'>;
    store: Pick<AudioStore, 'withLocalFile'>;
    decoder: AudioDecoder;
    cache: PictureCache;
    /** Rate that `draw` wants, hertz. */
    sampleRateHz: number;
    draw: (samples: AsyncIterable<Float32Array>, durationS: number) => Promise<SpectrogramPicture>;
    encode: (picture: SpectrogramPicture) => Promise<Buffer>;
  }) {
    this.#parts = parts;
  }

  /**
   * The picture as PNG, and the hash of the content it shows.
   * @throws DomainError `not_found`; `conflict` while the sound has not been decoded; `too_long` above four hours
   */
  async picture(actor: Actor, id: string, signal: AbortSignal): Promise<{ png: Buffer; sha256: string }> {
    demand(actor, 'read');
    const { library, cache } = this.#parts;
    const { sound } = await library.file(actor, id);
    const { sha256, durationS } = sound;
    if (durationS === null || sound.status !== 'ready') {
      throw new DomainError(
        'conflict',
        sound.status === 'failed' ? because('spectrogram_failed') : because('spectrogram_not_yet'),
      );
    }
    if (durationS > MAX_HOURS * 3600) {
      throw new DomainError('too_long', because('spectrogram_too_long', { hours: MAX_HOURS }));
    }
    const kept = await cache.get(sha256);
    if (kept) return { png: kept, sha256 };
    return this.#locks.run('decode', async () => {
      const made = (await cache.get(sha256)) ?? (await this.#make(sound, durationS, signal));
      return { png: made, sha256 };
    });
  }

  async #make({ sha256, hearing }: Sound, durationS: number, signal: AbortSignal): Promise<Buffer> {
    const { store, decoder, sampleRateHz, draw, encode, cache } = this.#parts;
    const options = { sampleRateHz, maxDurationS: durationS + 60, signal, hearing };
    const picture = await store.withLocalFile(sha256, (path) => draw(decoder.decode(path, options), durationS));
    const png = await encode(picture);
    await cache.put(sha256, png);
    return png;
  }
}
