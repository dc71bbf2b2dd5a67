import { parentPort } from 'node:worker_threads';
import { DomainError } from '../domain/errors.js';
import { PCM_RATE_HZ } from '../domain/library/wav.js';
import { seeksExactly } from './exact-seek.js';
import { FfmpegDecoder } from './ffmpeg-decoder.js';
import { toPcm } from './pcm.js';
import type { OpenPcm, PcmMessage, PcmRequest } from './pcm-thread.js';

/** Decoders and the resampler need something before the first sample that counts. Whole seconds: the resampler's steps fit them. */
const RUN_UP_S = 2;
/** Messages cost: this much goes in one, a second and a half of sound. */
const MESSAGE_SAMPLES = 65_536;

const decoder = new FfmpegDecoder();
const running = new Map<number, { next(): Promise<Float32Array | null>; stop(): void }>();
const say = (message: PcmMessage, transfer: ArrayBuffer[] = []): void => parentPort!.postMessage(message, transfer);

/** Samples from the one asked for; the iteration is not running ahead of who asks. */
function start({ path, fromSample, codec, hearing, maxDurationS }: OpenPcm) {
  const stopping = new AbortController();
  async function* samples(): AsyncGenerator<Float32Array, undefined> {
    const exact = await seeksExactly(path, codec);
    const startS = exact ? Math.max(0, Math.floor(fromSample / PCM_RATE_HZ) - RUN_UP_S) : 0;
    const part = startS > 0 ? { part: { startS, endS: startS + maxDurationS } } : {};
    const options = { sampleRateHz: PCM_RATE_HZ, maxDurationS, signal: stopping.signal, hearing, codec, ...part };
    let left = fromSample - startS * PCM_RATE_HZ;
    for await (const chunk of decoder.decode(path, options)) {
      const wanted = chunk.subarray(Math.min(left, chunk.length));
      left -= chunk.length - wanted.length;
      if (wanted.length > 0) yield wanted;
    }
  }
  const source = samples();
  return {
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
    const bytes = toPcm(samples);
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
