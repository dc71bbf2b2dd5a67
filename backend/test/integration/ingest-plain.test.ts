import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FfmpegDecoder } from '../../src/audio/ffmpeg-decoder.js';
import { FfmpegProbe } from '../../src/audio/ffmpeg-probe.js';
import { FlacThread } from '../../src/audio/plain/flac-thread.js';
import { PlainDecoder } from '../../src/audio/plain/plain-decoder.js';
import { createPlainReader } from '../../src/audio/plain/plain-reader.js';
import type { AudioDecoder, Heard } from '../../src/domain/ingest/ingest.ports.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'traum-test-'));
const flac = new FlacThread();
afterAll(() => {
  flac.close();
  rmSync(folder, { recursive: true, force: true });
});
const ffmpeg = new FfmpegDecoder();
const refused: string[] = [];
const others: AudioDecoder = {
  decode(file, options) {
    refused.push(file);
    return ffmpeg.decode(file, options);
  },
};
const plain = new PlainDecoder(others, createPlainReader(flac));
const probe = new FfmpegProbe({ maxDurationS: 3600 });

interface Listened {
  samples: Float32Array;
  heard: Heard | undefined;
}

async function listen(decoder: AudioDecoder, file: string, codec: string | null = null): Promise<Listened> {
  const parts: Float32Array[] = [];
  let heard: Heard | undefined;
  const options = { sampleRateHz: 48_000, maxDurationS: 3600, codec, onEnd: (end: Heard) => void (heard = end) };
  for await (const part of decoder.decode(file, options)) parts.push(part);
  const samples = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return { samples, heard };
}

function farthest(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

/** Noise and a tone in each channel, one of them reversed, with a fading end. */
function make(
  name: string,
  { channels, rateHz, codec }: { channels: number; rateHz: number; codec: string },
  ...options: string[]
): string {
  const file = path.join(folder, name);
  const tones = Array.from(
    { length: channels },
    (_, c) => `(0.4*sin(${900 + 311 * c}*t)+0.2*random(${c})-0.1)*exp(-t)`,
  );
  const source = `aevalsrc=${tones.join('|')}:s=${rateHz}:d=0.83`;
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-c:a', codec, ...options, file]);
  return file;
}

const said = (
  file: string,
): { codec_name: string; sample_rate: string; channels: number; duration: string; bit_rate: string } => {
  const entries = 'stream=codec_name,sample_rate,channels,duration,bit_rate';
  const answer = execFileSync('ffprobe', ['-v', 'error', '-of', 'json', '-show_entries', entries, file], {
    encoding: 'utf8',
  });
  return (JSON.parse(answer) as { streams: [ReturnType<typeof said>] }).streams[0];
};

const WAVS = ['pcm_u8', 'pcm_s16le', 'pcm_s24le', 'pcm_s32le', 'pcm_f32le', 'pcm_f64le'].map(
  (codec) => ['wav', codec] as const,
);
const AIFFS = ['pcm_s8', 'pcm_s16be', 'pcm_s24be', 'pcm_s32be', 'pcm_f32be', 'pcm_s16le'].map(
  (codec) => ['aiff', codec] as const,
);
const SHAPES = [
  { channels: 1, rateHz: 44_100 },
  { channels: 2, rateHz: 44_100 },
  { channels: 2, rateHz: 48_000 },
  { channels: 2, rateHz: 96_000 },
  { channels: 6, rateHz: 22_050 },
  { channels: 1, rateHz: 8_000 },
];

describe('sounds without loss that are read without ffmpeg', () => {
  const files: { file: string; codec: string; channels: number; rateHz: number }[] = [];
  beforeAll(() => {
    for (const [index, [extension, codec]] of [...WAVS, ...AIFFS].entries()) {
      const shape = SHAPES[(index + Math.floor(index / SHAPES.length)) % SHAPES.length]!;
      files.push({ ...shape, codec, file: make(`${codec}.${extension}`, { ...shape, codec }) });
    }
  }, 120_000);

  beforeAll(() => {
    for (const [index, shape] of SHAPES.entries()) {
      const depth = index % 2 === 0 ? 's16' : 's32';
      files.push({
        ...shape,
        codec: 'flac',
        file: make(`${index}.flac`, { ...shape, codec: 'flac' }, '-sample_fmt', depth),
      });
    }
  }, 120_000);

  it('sound as ffmpeg has them', { timeout: 60_000 }, async () => {
    for (const { file, codec } of files) {
      refused.length = 0;
      const [ours, theirs] = [await listen(plain, file, codec), await listen(ffmpeg, file, codec)];
      expect(refused, file).toEqual([]);
      expect(ours.samples.length, file).toBe(theirs.samples.length);
      expect(farthest(ours.samples, theirs.samples), file).toBeLessThan(1e-5);
      const { hearing, ...rest } = theirs.heard!;
      expect(ours.heard).toMatchObject({ ...rest, hearing: { track: hearing.track } });
      for (const [i, weight] of hearing.weights!.entries())
        expect(ours.heard!.hearing.weights![i]).toBeCloseTo(weight, 5);
    }
  });

  it('have the facts that ffprobe tells', { timeout: 60_000 }, async () => {
    for (const { file } of files) {
      const found = await probe.probe(file);
      const { codec_name: codec, sample_rate: rate, channels, duration, bit_rate: bitRate } = said(file);
      expect(found, file).toMatchObject({
        codec,
        sampleRateHz: Number(rate),
        channels,
        tracks: [0],
        lengthFrom: codec === 'flac' ? 'structure' : 'guess',
      });
      expect(found.durationS, file).toBeCloseTo(Number(duration), 4);
      const bits = codec === 'flac' ? (statSync(file).size * 8) / Number(duration) : Number(bitRate);
      expect(found.bitRateKbps, file).toBe(Math.round(bits / 1000));
    }
  });

  it('are heard with given weights too', async () => {
    const { file } = files.find(({ channels, rateHz }) => channels === 2 && rateHz === 44_100)!;
    const hear = async (decoder: AudioDecoder): Promise<Float32Array> => {
      const options = { sampleRateHz: 48_000, maxDurationS: 60, hearing: { track: 0, weights: [1.5, -0.5] } };
      const parts: number[] = [];
      for await (const part of decoder.decode(file, options)) parts.push(...part);
      return Float32Array.from(parts);
    };
    const [ours, theirs] = [await hear(plain), await hear(ffmpeg)];
    expect(ours.length).toBe(theirs.length);
    expect(farthest(ours, theirs)).toBeLessThan(1e-5);
  });
});

describe('sounds that are not plain', () => {
  const odd = (name: string, change: (bytes: Buffer) => Buffer, from = 'whole.wav'): string => {
    const file = path.join(folder, name);
    writeFileSync(file, change(readFileSync(path.join(folder, from))));
    return file;
  };
  beforeAll(() => {
    make('whole.wav', { channels: 2, rateHz: 44_100, codec: 'pcm_s16le' });
    make('whole.flac', { channels: 2, rateHz: 44_100, codec: 'flac' });
  });

  it.each([
    ['a length that is not that of the file', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1002)],
    [
      'half a frame too much',
      (bytes: Buffer) => (bytes.writeUInt32LE(bytes.readUInt32LE(dataAt(bytes)) - 2, dataAt(bytes)), bytes),
    ],
    [
      'another sound within the samples',
      (bytes: Buffer) => (bytes.set(Buffer.from('72f81f4e', 'hex'), dataAt(bytes) + 104), bytes),
    ],
    ['more channels than frames have room for', (bytes: Buffer) => (bytes.writeUInt16LE(3, 22), bytes)],
    ['fewer bits than room', (bytes: Buffer) => (bytes.writeUInt16LE(12, 34), bytes)],
    ['a rate that is no ratio', (bytes: Buffer) => (bytes.writeUInt32LE(44_101, 24), bytes)],
  ])('are left to ffmpeg: %s', async (what, change) => {
    const file = odd(`${what}.wav`, (bytes) => change(Buffer.from(bytes)));
    refused.length = 0;
    await listen(plain, file).catch(() => undefined);
    expect(refused).toEqual([file]);
  });

  it.each([
    ['a frame that is damaged', (bytes: Buffer) => bytes.fill(0x55, bytes.length / 2, bytes.length / 2 + 40)],
    ['the end missing', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1000)],
    ['more sound than the head says', (bytes: Buffer) => (bytes.writeUInt32BE(20_000, 22), bytes)],
    ['other bits than the head says', (bytes: Buffer) => ((bytes[20]! &= 254), (bytes[21]! |= 0xf0), bytes)],
    ['less sound than the head says', (bytes: Buffer) => (bytes.writeUInt32BE(200_000, 22), bytes)],
  ])('are left to ffmpeg: FLAC with %s', async (what, change) => {
    const file = odd(`${what}.flac`, change, 'whole.flac');
    refused.length = 0;
    await listen(plain, file).catch(() => undefined);
    expect(refused).toEqual([file]);
  });

  it('are left to ffmpeg: FLAC that its decoder cannot take, or not in time', async () => {
    const file = path.join(folder, 'whole.flac');
    refused.length = 0;
    const { samples } = await listen(
      new PlainDecoder(others, createPlainReader({ decode: () => Promise.resolve(null) })),
      file,
    );
    expect(refused).toEqual([file]);
    expect(samples.length).toBeGreaterThan(30_000);
  });

  it('are left to ffmpeg: very short, long, and compressed ones', { timeout: 30_000 }, async () => {
    const made = (name: string, ...args: string[]): string => {
      const file = path.join(folder, name);
      execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'sine=300:sample_rate=44100', ...args, file]);
      return file;
    };
    const files = [
      made('short.wav', '-t', '0.02'),
      made('long.wav', '-t', '61', '-ac', '1'),
      made('alaw.wav', '-t', '1', '-c:a', 'pcm_alaw'),
    ];
    refused.length = 0;
    for (const file of files) expect((await listen(plain, file)).samples.length).toBeGreaterThan(900);
    expect(refused).toEqual(files);
  });
});

const dataAt = (bytes: Buffer): number => bytes.indexOf('data') + 4;
