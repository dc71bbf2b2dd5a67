import { parentPort } from 'node:worker_threads';
import { DomainError } from '../domain/errors.js';
import { seeksExactly } from './exact-seek.js';
import type { Mix } from './ffmpeg-command.js';
import { FfmpegDecoder } from './ffmpeg-decoder.js';
import { toPcm } from './pcm.js';
import type { OpenPcm, PcmMessage, PcmRequest } from './pcm-thread.js';

/** Decoders and the resampler need something before the first sample that counts. Whole seconds: the resampler's steps fit them. */
const RUN_UP_S = 2;
/** ffmpeg knows where the loudspeakers of so many channels stand. */
const MOST_IN_LAYOUT = 8;
/** Messages cost: this much goes in one, a second and a half of mono. */
const MESSAGE_SAMPLES = 65_536;

const decoder = new FfmpegDecoder();
const running = new Map<number, ReturnType<typeof start>>();
const say = (message: PcmMessage, transfer: ArrayBuffer[] = []): void => parentPort!.postMessage(message, transfer);

type Decoding = Omit<Parameters<FfmpegDecoder['mixed']>[1], 'mix' | 'track'>;

/** Frames of the channels asked for. */
function decode({ path, hearing, format, gain }: OpenPcm, options: Decoding): AsyncIterable<Float32Array> {
  if (gain === null) return decoder.decode(path, { ...options, hearing });
  const { track = 0, weights = null } = hearing ?? {};
  const mixed = (mix: Mix): AsyncIterable<Float32Array> => decoder.mixed(path, { ...options, track, mix });
  const folded: Mix = { channels: format.channels, gain, folded: true };
  if (!weights) return mixed(folded);
  /** What is searched, in as many channels as were told of. */
  const asHeard: Mix = { sums: Array.from({ length: format.channels }, () => weights) };
  if (weights.length === 1) return mixed({ sums: asHeard.sums.map(() => [gain]) });
  if (format.channels === 1 || weights.length > MOST_IN_LAYOUT) return mixed(asHeard);
  if (weights.length === 2) return mixed({ ...folded, folded: false });
  return otherwise(mixed(folded), () => mixed(asHeard));
}

/** There are layouts that ffmpeg makes no stereo of, which shows before anything comes. */
async function* otherwise(
  first: AsyncIterable<Float32Array>,
  second: () => AsyncIterable<Float32Array>,
): AsyncIterable<Float32Array> {
  let isBegun = false;
  try {
    for await (const chunk of first) {
      isBegun = true;
      yield chunk;
    }
  } catch (error) {
    if (isBegun || !(error instanceof DomainError) || error.code !== 'unreadable_media') throw error;
    yield* second();
  }
}

/** Samples from the frame asked for; the iteration is not running ahead of who asks. */
function start(what: OpenPcm) {
  const { path, fromFrame, codec, format, maxDurationS } = what;
  const { rateHz, channels } = format;
  const stopping = new AbortController();
  async function* samples(): AsyncGenerator<Float32Array, undefined> {
    const exact = await seeksExactly(path, codec);
    const startS = exact ? Math.max(0, Math.floor(fromFrame / rateHz) - RUN_UP_S) : 0;
    const part = startS > 0 ? { part: { startS, endS: startS + maxDurationS } } : {};
    const options = { sampleRateHz: rateHz, maxDurationS, signal: stopping.signal, codec, ...part };
    let left = (fromFrame - startS * rateHz) * channels;
    for await (const chunk of decode(what, options)) {
      const wanted = chunk.subarray(Math.min(left, chunk.length));
      left -= chunk.length - wanted.length;
      if (wanted.length > 0) yield wanted;
    }
  }
  const source = samples();
  return {
    bits: format.bits,
    stop: () => {
      stopping.abort();
      source.return(undefined).catch(() => undefined);
    },
    next: async (): Promise<Float32Array | null> => {
      const chunks: Float32Array[] = [];
      let count = 0;
      while (count < MESSAGE_SAMPLES) {
        const { done, value } = await source.next();
        if (done) break;
        chunks.push(value);
        count += value.length;
      }
      if (count === 0) return null;
      const all = new Float32Array(count);
      let at = 0;
      for (const chunk of chunks) {
        all.set(chunk, at);
        at += chunk.length;
      }
      return all;
    },
  };
}

async function pull(id: number): Promise<void> {
  const stream = running.get(id);
  if (!stream) return;
  try {
    const samples = await stream.next();
    if (!running.has(id)) return;
    if (samples === null) {
      running.delete(id);
      say({ id, kind: 'end' });
      return;
    }
    const bytes = toPcm(samples, stream.bits);
    say({ id, kind: 'bytes', bytes }, [bytes.buffer]);
  } catch (error) {
    if (!running.delete(id)) return;
    const known = error instanceof DomainError;
    say({
      id,
      kind: 'failed',
      code: known ? error.code : 'internal',
      said: known && error.reasons.length > 0 ? error.reasons : String(known ? error.message : error),
    });
  }
}

parentPort!.on('message', (request: PcmRequest) => {
  switch (request.kind) {
    case 'open':
      running.set(request.id, start(request.what));
      return;
    case 'pull':
      void pull(request.id);
      return;
    case 'stop':
      running.get(request.id)?.stop();
      running.delete(request.id);
  }
});
