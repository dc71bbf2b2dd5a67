import { open, type FileHandle } from 'node:fs/promises';
import { DomainError } from '../../domain/errors.js';
import type { AudioDecoder, Heard } from '../../domain/ingest/ingest.ports.js';
import type { Hearing } from '../../domain/library/library.types.js';
import { because } from '../../domain/reasons.js';
import { mixFrames } from '../channel-mix.js';
import { openBytes } from '../extent/bytes.js';
import { announcedSamples, foreignBehind, streamInfo, type StreamInfo } from '../extent/flac.js';
import { createListener } from '../listener.js';
import { cutOff, withoutRubbish, type Frames } from '../samples.js';
import type { FlacThread } from './flac-thread.js';
import { readPlain, type PlainFile } from './plain-file.js';
import { samplesOf } from './plain-samples.js';
import { canResample, createResampler, FEWEST_FRAMES } from './resampler.js';

/** Longer sounds are worth a process of their own, which works beside this one. */
const LONGEST_S = 60;
/** Of all channels; what is held in memory of a compressed sound. */
const MOST_SAMPLES = 2 ** 23;
const MOST_BYTES = 2 ** 25;
const FRAMES_AT_ONCE = 65_536;

/** How a sound is to be read; can be sent to a thread. */
export type PlainOptions = Pick<
  Parameters<AudioDecoder['decode']>[1],
  'sampleRateHz' | 'maxDurationS' | 'hearing' | 'codec'
>;

/** A whole sound, mixed to one channel. */
export interface PlainSound {
  pieces: Float32Array<ArrayBufferLike>[];
  heard: Heard;
}

/** Reads a short sound without loss; null for any other file, and for one that is odd in any way. */
export type PlainReader = (path: string, options: PlainOptions) => Promise<PlainSound | null>;

/** What one channel after the other is made of. */
interface Source {
  codec: string;
  sampleRateHz: number;
  channels: number;
  /** Interleaved, some frames at a time. */
  samples: () => AsyncIterable<Float64Array>;
}

/** Reads in the thread that it is called in. */
export function createPlainReader(flac: Pick<FlacThread, 'decode'>): PlainReader {
  return async (path, options) => {
    const file = await open(path);
    try {
      const source = await sourceOf(file, options, flac);
      return source && (await decodePlain(source, options));
    } finally {
      await file.close();
    }
  };
}

async function sourceOf(
  file: FileHandle,
  options: PlainOptions,
  flac: Pick<FlacThread, 'decode'>,
): Promise<Source | null> {
  const plain = await readPlain(file);
  if (!plain) return flacOf(file, options, flac);
  return isWithin(plain, options) ? { ...plain, samples: () => uncompressed(file, plain) } : null;
}

async function flacOf(
  file: FileHandle,
  options: PlainOptions,
  flac: Pick<FlacThread, 'decode'>,
): Promise<Source | null> {
  const bytes = await openBytes(file);
  if (bytes.size > MOST_BYTES || (await bytes.read(0, 4)).toString('latin1') !== 'fLaC') return null;
  const info = await streamInfo(bytes, 0);
  if (!info || info.mended || !isWithin({ sampleRateHz: info.rateHz, frames: info.total }, options)) return null;
  const { channels, rateHz: sampleRateHz, total } = info;
  if (channels * total > MOST_SAMPLES) return null;
  const whole = await bytes.read(0, (await foreignBehind(bytes, 0)) ?? bytes.size);
  // A few bytes may stand for any amount of silence: what there is must be what the head says.
  if (announcedSamples(whole, info) !== total) return null;
  const decoded = await flac.decode(whole);
  if (decoded?.samplesDecoded !== total || decoded.sampleRate !== sampleRateHz || decoded.errors.length > 0)
    return null;
  if (decoded.channelData.length !== channels) return null;
  return { codec: 'flac', sampleRateHz, channels, samples: () => interleaved(decoded.channelData, info) };
}

const isWithin = (
  { sampleRateHz, frames }: { sampleRateHz: number; frames: number },
  { sampleRateHz: wantedHz, maxDurationS }: PlainOptions,
): boolean =>
  frames >= FEWEST_FRAMES &&
  frames / sampleRateHz <= Math.min(LONGEST_S, maxDurationS) &&
  canResample(sampleRateHz, wantedHz);

async function decodePlain(source: Source, options: PlainOptions): Promise<PlainSound> {
  const { sampleRateHz, hearing } = options;
  const weights = hearing?.weights ?? null;
  const frames = framesOf(source, options);
  const listener = weights ? null : createListener({ track: 0, codec: source.codec, sampleRateHz });
  const pieces: Float32Array[] = [];
  for await (const piece of listener ? listener.mix(cleaned(frames)) : mixedBy(frames, weights!)) pieces.push(piece);
  const used: Hearing = { track: 0, weights };
  const heard = listener?.heard() ?? { hearing: used, better: null, silent: false, loudness: null };
  return { pieces, heard: { ...heard, faults: 0, complained: false } };
}

async function* cleaned(frames: AsyncIterable<Frames>): AsyncIterable<Frames> {
  for await (const each of frames) yield withoutRubbish(each);
}

async function* mixedBy(frames: AsyncIterable<Frames>, weights: readonly number[]): AsyncIterable<Float32Array> {
  for await (const { samples } of frames) yield cutOff(mixFrames(samples, weights), 1);
}

async function* framesOf(
  { channels, sampleRateHz: ownHz, samples: read }: Source,
  { sampleRateHz }: PlainOptions,
): AsyncIterable<Frames> {
  const resampler = ownHz === sampleRateHz ? null : createResampler(ownHz, sampleRateHz, channels);
  for await (const samples of read()) {
    yield { channels, samples: resampler ? resampler.push(samples) : Float32Array.from(samples) };
  }
  if (resampler) yield { channels, samples: resampler.finish() };
}

async function* uncompressed(
  file: FileHandle,
  { channels, sample, from, frames }: PlainFile,
): AsyncIterable<Float64Array> {
  const frameBytes = channels * sample.bytes;
  const bytes = Buffer.alloc(FRAMES_AT_ONCE * frameBytes);
  for (let done = 0; done < frames; done += FRAMES_AT_ONCE) {
    const length = Math.min(FRAMES_AT_ONCE, frames - done) * frameBytes;
    const { bytesRead } = await file.read(bytes, 0, length, from + done * frameBytes);
    if (bytesRead < length) throw new DomainError('unreadable_media', because('file_not_decodable'));
    yield samplesOf(bytes.subarray(0, length), sample);
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- as what is read from a file
async function* interleaved(
  channels: readonly Float32Array[],
  { total: frames, bits }: StreamInfo,
): AsyncIterable<Float64Array> {
  const count = channels.length;
  // The decoder takes the largest number for 1, ffmpeg the next power of two.
  const full = 2 ** (bits - 1);
  for (let done = 0; done < frames; done += FRAMES_AT_ONCE) {
    const length = Math.min(FRAMES_AT_ONCE, frames - done);
    const samples = new Float64Array(length * count);
    for (const [channel, values] of channels.entries()) {
      for (let i = 0; i < length; i++) samples[i * count + channel] = Math.round(values[done + i]! * (full - 1)) / full;
    }
    yield samples;
  }
}
