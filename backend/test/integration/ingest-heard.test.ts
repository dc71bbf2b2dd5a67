import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FfmpegDecoder } from '../../src/audio/ffmpeg-decoder.js';
import { FlacThread } from '../../src/audio/plain/flac-thread.js';
import { PlainDecoder } from '../../src/audio/plain/plain-decoder.js';
import { createPlainReader } from '../../src/audio/plain/plain-reader.js';
import { FfmpegProbe } from '../../src/audio/ffmpeg-probe.js';
import type { Heard } from '../../src/domain/ingest/ingest.ports.js';
import type { Hearing } from '../../src/domain/library/library.types.js';
import { ffmpeg, temporaryFolder, wav } from './ingest-fixtures.js';
import { firstAttempt, Pipeline } from './ingest-pipeline.js';
import { told } from '../../src/domain/reasons.js';

// Real processes on a machine that may be busy: far more than they need.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const RATE = 48_000;
const decoder = new PlainDecoder(new FfmpegDecoder(), createPlainReader(new FlacThread()));
const probe = new FfmpegProbe({ maxDurationS: 3600 });
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let pipeline: Pipeline;
const file = (name: string): string => path.join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  pipeline = new Pipeline(folder.path);
});
afterAll(async () => {
  pipeline.close();
  await folder.remove();
});

async function hear(from: string, hearing: Hearing | null = null): Promise<{ samples: Float32Array; heard: Heard }> {
  const { codec } = await probe.probe(from);
  const chunks: Float32Array[] = [];
  let heard: Heard | undefined;
  const options = { sampleRateHz: RATE, maxDurationS: 3600, hearing, codec, onEnd: (end: Heard) => void (heard = end) };
  for await (const chunk of decoder.decode(from, options)) chunks.push(chunk);
  const samples = Float32Array.from(chunks.flatMap((chunk) => [...chunk]));
  return { samples, heard: heard as Heard };
}
const peakOf = (samples: Float32Array): number => samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** 16-bit PCM of half a second from a function of channel and time, -1..1. */
function pcm(channels: number, of: (channel: number, n: number) => number): Buffer {
  const data = Buffer.alloc(22_050 * channels * 2);
  for (let n = 0; n < 22_050; n++) {
    for (let c = 0; c < channels; c++) data.writeInt16LE(Math.round(of(c, n) * 32_767), (n * channels + c) * 2);
  }
  return data;
}
const sine = (n: number, frequency = 440): number => Math.sin((2 * Math.PI * frequency * n) / 44_100);

/** A WAV whose samples have fewer bits than room, as recorders and editors write them. */
async function padded(name: string, bytes: number, bits: number, amplitude: number): Promise<string> {
  const data = Buffer.alloc(22_050 * bytes);
  for (let n = 0; n < 22_050; n++) {
    const step = 2 ** (bytes * 8 - bits);
    data.writeIntLE(Math.round((amplitude * sine(n) * 2 ** (bytes * 8 - 1)) / step) * step, n * bytes, bytes);
  }
  const fmt = Buffer.alloc(40);
  [0xfffe, 1].forEach((value, i) => fmt.writeUInt16LE(value, i * 2));
  [44_100, 44_100 * bytes].forEach((value, i) => fmt.writeUInt32LE(value, 4 + i * 4));
  [bytes, bytes * 8, 22, bits].forEach((value, i) => fmt.writeUInt16LE(value, 12 + i * 2));
  fmt.writeUInt32LE(4, 20);
  fmt.write('0100000000001000800000aa00389b71', 24, 'hex');
  const size = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
  const parts = ['RIFF', size(60 + data.length), 'WAVEfmt ', size(40), fmt, 'data', size(data.length), data];
  await writeFile(file(name), Buffer.concat(parts.map((part) => Buffer.from(part as string))));
  return file(name);
}

async function floats(name: string, of: (n: number) => number): Promise<string> {
  const data = Buffer.alloc(22_050 * 4);
  for (let n = 0; n < 22_050; n++) data.writeFloatLE(of(n), n * 4);
  const from = await wav(file(name), data, { bits: 32 });
  const bytes = await readFile(from);
  bytes.writeUInt16LE(3, 20);
  await writeFile(from, bytes);
  return from;
}

describe('channels', () => {
  const cases: [name: string, channels: number, of: (c: number, n: number) => number, peak: number][] = [
    ['opposite channels', 2, (c, n) => (c === 0 ? 0.5 : -0.5) * sine(n), 0.5],
    ['nearly opposite channels', 2, (c, n) => (c === 0 ? 0.5 : -0.485) * sine(n), 0.49],
    ['one side', 2, (c, n) => (c === 1 ? 0.5 : 0) * sine(n), 0.5],
    ['the bass channel of 5.1', 6, (c, n) => (c === 3 ? 0.5 : 0) * sine(n), 0.5],
    ['the 9th of 16', 16, (c, n) => (c === 8 ? 0.5 : 0) * sine(n), 0.5],
    ['the last of 64', 64, (c, n) => (c === 63 ? 0.5 : 0) * sine(n), 0.5],
    ['three different', 3, (c, n) => 0.3 * sine(n, 300 + 500 * c), 0.28],
  ];

  it.each(cases)('%s are heard, and the same way every time', async (name, channels, of, peak) => {
    const from = await wav(file(`${name}.wav`), pcm(channels, of), { channels });
    const first = await hear(from);
    expect(peakOf(first.samples)).toBeCloseTo(peak, 1);
    expect(first.heard.silent).toBe(false);
    const again = await hear(from, first.heard.hearing);
    expect(again.samples).toHaveLength(first.samples.length);
    expect(peakOf(again.samples.map((value, i) => value - first.samples[i]!))).toBeLessThan(1e-3);
  });

  it('in formats other than WAV too', async () => {
    const from = await wav(
      file('turned.wav'),
      pcm(2, (c, n) => (c === 0 ? 0.5 : -0.5) * sine(n)),
      { channels: 2 },
    );
    for (const [ending, ...options] of [['flac'], ['mp3', '-joint_stereo', '0'], ['m4a', '-c:a', 'alac'], ['aiff']]) {
      await ffmpeg('-i', from, ...options, file(`turned.${ending}`));
      expect(peakOf((await hear(file(`turned.${ending}`))).samples), ending).toBeGreaterThan(0.4);
    }
  });

  it('where only the end of a long sound shows it, it is listened to again', async () => {
    const turns = "aevalsrc='0.4*sin(880*PI*t)|if(lt(t,50),0.4,-0.4)*sin(880*PI*t)':s=8000:d=400";
    await ffmpeg('-f', 'lavfi', '-i', turns, file('late.flac'));
    const job = await pipeline.accept(file('late.flac'));
    expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('completed');
    const weights = (await pipeline.sounds.get(job.soundId))?.hearing?.weights;
    expect(weights?.map((weight) => Math.round(weight * 100) / 100)).toEqual([0.5, -0.5]);
    const { minMax } = (await pipeline.sounds.peaks(job.soundId))!;
    expect(Math.min(...minMax.subarray(minMax.length / 2))).toBeLessThan(-40);
  });
});

describe('levels', () => {
  it('floats above full scale are scaled by their peak', async () => {
    const { samples, heard } = await hear(await floats('hot.wav', (n) => 15.8 * sine(n)));
    expect(samples.filter((value) => Math.abs(value) > 0.999).length / samples.length).toBeLessThan(0.05);
    expect(heard.hearing.weights![0]).toBeCloseTo(1 / 15.8, 2);
  });

  it('floats of -90 dBFS are a sound', async () => {
    const from = await floats('faint.wav', (n) => 3e-5 * sine(n));
    expect(peakOf((await hear(from)).samples)).toBeGreaterThan(0.05);
    const job = await pipeline.accept(from);
    expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('completed');
  });

  it('what is no number does no harm to the rest', async () => {
    const from = await floats('holes.wav', (n) =>
      n > 9000 && n < 9030 ? [NaN, Infinity, -Infinity, 1e30][n % 4]! : 0.5 * sine(n),
    );
    const { samples } = await hear(from);
    expect(samples.every((value) => value >= -1 && value <= 1)).toBe(true);
    expect(peakOf(samples.subarray(20_000))).toBeCloseTo(0.5, 1);
  });

  it.each([
    [4, 24],
    [4, 20],
    [4, 16],
    [3, 20],
    [3, 16],
    [2, 12],
  ])('samples in %i bytes with %i bits are whole numbers', async (bytes, bits) => {
    const from = await padded(`padded-${bytes}-${bits}.wav`, bytes, bits, 0.5);
    const facts = await probe.probe(from);
    expect(facts.codec).toBe(`pcm_s${bytes * 8}le`);
    expect(facts.durationS).toBeCloseTo(0.5, 2);
    const { samples } = await hear(from);
    expect(samples).toHaveLength(RATE / 2);
    expect(peakOf(samples)).toBeCloseTo(0.5, 2);
  });
});

describe('tracks', () => {
  const two = ['-map', '0', '-map', '1', '-c:a', 'aac'];
  const sources = (first: string, second: string): string[] => [
    '-f',
    'lavfi',
    '-i',
    first,
    '-f',
    'lavfi',
    '-i',
    second,
  ];
  const LOW = 'sine=frequency=300:duration=1';
  const HIGH = 'sine=frequency=900:duration=1';
  const SILENT = 'anullsrc=r=44100:cl=mono:d=1';
  const pitchOf = (samples: Float32Array): number => {
    const part = samples.subarray(RATE / 4, (RATE * 3) / 4);
    return part.filter((value, i) => i > 0 && value >= 0 && part[i - 1]! < 0).length * 2;
  };

  it('the first that can be decoded', async () => {
    await ffmpeg(...sources(LOW, HIGH), ...two, file('spatial.mp4'));
    const bytes = await readFile(file('spatial.mp4'));
    // A code of a codec that nobody but its maker can decode.
    bytes.write('apac', bytes.indexOf('mp4a', bytes.indexOf('stsd')), 'latin1');
    bytes.write('dapa', bytes.indexOf('esds'), 'latin1');
    await writeFile(file('spatial.mp4'), bytes);
    expect(await probe.probe(file('spatial.mp4'))).toMatchObject({ codec: 'aac', tracks: [1] });
    const { samples } = await hear(file('spatial.mp4'), { track: 1, weights: null });
    expect(pitchOf(samples)).toBeCloseTo(900, -2);
  });

  it('the default one of several', async () => {
    const defaults = ['-disposition:a:0', '0', '-disposition:a:1', 'default'];
    await ffmpeg(...sources(LOW, HIGH), ...two, ...defaults, file('languages.mka'));
    expect((await probe.probe(file('languages.mka'))).tracks).toEqual([1, 0]);
  });

  it.each([
    ['mov', ['-c:a', 'pcm_s16le']],
    ['m4a', []],
    ['mka', ['-c:a', 'flac']],
  ])('one that is silent gives way to one that is not (%s)', async (ending, options) => {
    await ffmpeg(
      ...sources(SILENT, 'sine=frequency=900:duration=2'),
      ...two,
      '-ar',
      '44100',
      ...options,
      file(`silent.${ending}`),
    );
    const job = await pipeline.accept(file(`silent.${ending}`));
    expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('completed');
    expect((await pipeline.sounds.get(job.soundId))?.hearing?.track).toBe(1);
    expect((await pipeline.sounds.get(job.soundId))?.durationS).toBeCloseTo(2, 0);
  });

  it('where all are silent, it is silence', async () => {
    await ffmpeg(...sources(SILENT, SILENT), ...two, file('nothing.mka'));
    const job = await pipeline.accept(file('nothing.mka'));
    expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('failed');
    expect(told((await pipeline.jobs.get(job.id))?.error ?? '').text).toMatch(/only silence/);
  });
});

describe('values that are no sound', () => {
  it.each([
    ['no numbers', () => NaN],
    ['far beyond full scale', (n: number) => 1e30 * Math.sin(n / 20)],
  ])('are called that, and not silence: %s', async (name, of) => {
    const job = await pipeline.accept(await floats(`${name}.wav`, of));
    expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('failed');
    expect(told((await pipeline.jobs.get(job.id))?.error ?? '').text).toMatch(/no numbers, or far beyond full scale/);
  });
});
