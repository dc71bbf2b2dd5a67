import { open, type FileHandle } from 'node:fs/promises';
import { DomainError } from '../../domain/errors.js';
import type { AudioDecoder } from '../../domain/ingest/ingest.ports.js';
import type { Hearing } from '../../domain/library/library.types.js';
import { because } from '../../domain/reasons.js';
import { mixFrames } from '../channel-mix.js';
import { createListener } from '../listener.js';
import { cutOff, withoutRubbish, type Frames } from '../samples.js';
import { readPlain, type PlainFile } from './plain-file.js';
import { samplesOf } from './plain-samples.js';
import { canResample, createResampler, FEWEST_FRAMES } from './resampler.js';

/** Longer sounds are worth a process of their own, which works beside this one. */
const LONGEST_S = 60;
const FRAMES_AT_ONCE = 8192;

type DecodeOptions = Parameters<AudioDecoder['decode']>[1];

/**
 * Reads short uncompressed sounds itself, as ffmpeg would, and leaves all others to another decoder: starting ffmpeg takes ten
 * times as long as such a sound. For workers: nothing that a stranger sent is decoded in the process that answers requests.
 */
export class PlainDecoder implements AudioDecoder {
  constructor(private readonly others: AudioDecoder) {}

  async *decode(path: string, options: DecodeOptions): AsyncIterable<Float32Array> {
    const file = await open(path).catch(() => null);
    try {
      const plain = file && !options.part ? await readPlain(file) : null;
      if (file && plain && isWithin(plain, options)) {
        yield* decodePlain(file, plain, options);
        return;
      }
    } finally {
      await file?.close();
    }
    yield* this.others.decode(path, options);
  }
}

const isWithin = (
  { sampleRateHz, frames }: PlainFile,
  { sampleRateHz: wantedHz, maxDurationS, hearing }: DecodeOptions,
): boolean =>
  frames >= FEWEST_FRAMES &&
  frames / sampleRateHz <= Math.min(LONGEST_S, maxDurationS) &&
  canResample(sampleRateHz, wantedHz) &&
  (hearing?.track ?? 0) === 0;

async function* decodePlain(
  file: FileHandle,
  plain: PlainFile,
  { sampleRateHz, signal, hearing, onEnd }: DecodeOptions,
): AsyncIterable<Float32Array> {
  const weights = hearing?.weights ?? null;
  const frames = framesOf(file, plain, { sampleRateHz, signal });
  const listener = weights ? null : createListener({ track: 0, codec: plain.codec, sampleRateHz });
  yield* listener ? listener.mix(cleaned(frames)) : mixedBy(frames, weights!);
  const used: Hearing = { track: 0, weights };
  const heard = listener?.heard() ?? { hearing: used, better: null, silent: false };
  onEnd?.({ ...heard, faults: 0, complained: false });
}

async function* cleaned(frames: AsyncIterable<Frames>): AsyncIterable<Frames> {
  for await (const { channels, samples } of frames) yield { channels, samples: withoutRubbish(samples) };
}

async function* mixedBy(frames: AsyncIterable<Frames>, weights: readonly number[]): AsyncIterable<Float32Array> {
  for await (const { samples } of frames) yield cutOff(mixFrames(samples, weights), 1);
}

async function* framesOf(
  file: FileHandle,
  { channels, sample, from, frames, sampleRateHz: ownHz }: PlainFile,
  { sampleRateHz, signal }: { sampleRateHz: number; signal: AbortSignal | undefined },
): AsyncIterable<Frames> {
  const resampler = ownHz === sampleRateHz ? null : createResampler(ownHz, sampleRateHz, channels);
  const frameBytes = channels * sample.bytes;
  const bytes = Buffer.alloc(FRAMES_AT_ONCE * frameBytes);
  for (let done = 0; done < frames; done += FRAMES_AT_ONCE) {
    if (signal?.aborted) throw new DomainError('cancelled', 'Decoding was cancelled.', { cause: signal.reason });
    const length = Math.min(FRAMES_AT_ONCE, frames - done) * frameBytes;
    const { bytesRead } = await file.read(bytes, 0, length, from + done * frameBytes);
    if (bytesRead < length) throw new DomainError('unreadable_media', because('file_not_decodable'));
    const samples = samplesOf(bytes.subarray(0, length), sample);
    yield { channels, samples: resampler ? resampler.push(samples) : Float32Array.from(samples) };
  }
  if (resampler) yield { channels, samples: resampler.finish() };
}
