import type { Readable } from 'node:stream';
import { demand, type Actor } from '../accounts/actor.js';
import { DomainError } from '../errors.js';
import type { AudioDecoder, AudioEmbedder, AudioProbe } from '../ingest/ingest.ports.js';
import { listenTo } from '../ingest/listening.js';
import type { AudioStore } from '../library/library.ports.js';
import { ClipShelf } from './clip.shelf.js';
import type { KeptClip } from './query.reader.js';
import { meanOf } from './vectors.js';
import { because } from '../reasons.js';

export interface ClipParts {
  store: AudioStore;
  probe: AudioProbe;
  decoder: AudioDecoder;
  /** The embedder is started for the first clip. */
  audio: () => Promise<AudioEmbedder>;
}

/** How a clip that was sent is known. */
export interface SentClip {
  clipId: string;
  name: string;
  durationS: number;
}

const MAX_CLIP_BYTES = 50 * 1024 * 1024;
const MAX_CLIP_S = 5 * 60;

/** Embeds sounds that are used as a query; the sounds themselves are not kept. Of a long one, the first five minutes count. */
export class ClipService {
  private readonly shelf = new ClipShelf();

  constructor(private readonly parts: ClipParts) {}

  /**
   * Embeds a clip and keeps what is needed to search with it, so that it can stand in a text as `clip:ID`.
   * @throws DomainError as {@link embed}
   */
  async keep(actor: Actor, filename: string, source: Readable, signal?: AbortSignal): Promise<SentClip> {
    demand(actor, 'read');
    const { vector, durationS } = await this.embed(actor, filename, source, signal);
    return { clipId: this.shelf.keep({ name: filename, vector }), name: filename, durationS };
  }

  /** Null when it is not kept, or no longer. */
  get(clipId: string): KeptClip | null {
    return this.shelf.get(clipId);
  }

  /**
   * @returns the mean direction of the clip's windows, of length 1, and how much of the clip was heard
   * @throws DomainError `too_large` past 50 MB, `no_audio`, `unreadable_media`, `unsupported_media`, `too_long`, `cancelled`
   */
  async embed(
    actor: Actor,
    filename: string,
    source: Readable,
    signal?: AbortSignal,
  ): Promise<{ vector: Float32Array; durationS: number }> {
    demand(actor, 'read');
    const { store, probe, decoder, audio } = this.parts;
    const file = await store.receive(source, MAX_CLIP_BYTES).catch((error: unknown) => {
      if (!(error instanceof DomainError) || error.code !== 'too_large') throw error;
      throw new DomainError('too_large', because('clip_over_limit', { limitMB: MAX_CLIP_BYTES / 1024 / 1024 }));
    });
    try {
      return await file.withLocalFile(async (path) => {
        const { durationS, codec, tracks } = await probe.probe(path, { signal });
        const embedder = await audio();
        const { sampleRateHz } = embedder.info;
        const options = {
          sampleRateHz,
          maxDurationS: Infinity,
          codec,
          hearing: { track: tracks[0] ?? 0, weights: null },
          ...(signal ? { signal } : {}),
        };
        const { result } = await listenTo({ decoder, probe }, path, options, async (samples) => {
          const vectors: Float32Array[] = [];
          let endS = 0;
          for await (const segment of embedder.embedStream(beginning(samples, MAX_CLIP_S * sampleRateHz), signal)) {
            vectors.push(segment.vector);
            endS = Math.max(endS, segment.endS);
          }
          // An embedder may end quietly when told to stop.
          if (signal?.aborted) throw new DomainError('cancelled', 'The search was cancelled.');
          return { vectors, endS };
        });
        const { vectors, endS } = result;
        if (vectors.length === 0) throw new DomainError('no_audio', because('clip_silent', { name: filename }));
        return { vector: meanOf(vectors), durationS: Math.min(durationS ?? endS, MAX_CLIP_S) };
      });
    } finally {
      await file.discard();
    }
  }
}

/** Ending the iteration early stops the decoder. */
async function* beginning(chunks: AsyncIterable<Float32Array>, samples: number): AsyncIterable<Float32Array> {
  let left = samples;
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}
