import { DomainError } from '../../domain/errors.js';
import type { AudioDecoder } from '../../domain/ingest/ingest.ports.js';
import type { PlainReader, PlainSound } from './plain-reader.js';

type DecodeOptions = Parameters<AudioDecoder['decode']>[1];

/**
 * Reads short sounds without loss (WAV, AIFF, FLAC) without ffmpeg, but as it would, and leaves all others, and whatever is odd, to
 * another decoder: starting ffmpeg takes ten times as long as such a sound. For workers: nothing that a stranger sent is
 * decoded in the process that answers requests.
 */
export class PlainDecoder implements AudioDecoder {
  constructor(
    private readonly others: AudioDecoder,
    private readonly reader: PlainReader,
  ) {}

  async *decode(path: string, options: DecodeOptions): AsyncIterable<Float32Array> {
    const sound = await this.read(path, options);
    if (!sound) {
      yield* this.others.decode(path, options);
      return;
    }
    for (const piece of sound.pieces) {
      if (options.signal?.aborted) {
        throw new DomainError('cancelled', 'Decoding was cancelled.', { cause: options.signal.reason });
      }
      yield piece;
    }
    options.onEnd?.(sound.heard);
  }

  /** What fails here may be less of a problem for the other decoder, which also knows how to say what is wrong. */
  private async read(path: string, options: DecodeOptions): Promise<PlainSound | null> {
    if (options.part || (options.hearing?.track ?? 0) !== 0) return null;
    const { sampleRateHz, maxDurationS, hearing = null, codec = null } = options;
    return this.reader(path, { sampleRateHz, maxDurationS, hearing, codec }).catch(() => null);
  }
}
