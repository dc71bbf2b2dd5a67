import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FfmpegProbe } from '../../src/audio/ffmpeg-probe.js';
import { MediaSlots } from '../../src/audio/media-slots.js';
import { PcmThread } from '../../src/audio/pcm-thread.js';
import { DRAWN } from '../../src/domain/library/pcm-format.js';
import { samplesWithin } from '../../src/domain/library/stretch.js';
import { ffmpeg, temporaryFolder } from './ingest-fixtures.js';
import { firstAttempt, Pipeline } from './ingest-pipeline.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let pipeline: Pipeline;
const thread = new PcmThread(new MediaSlots({ atOnce: 2 }), { withLocalFile: (from, use) => use(from) });
const file = (name: string): string => path.join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  pipeline = new Pipeline(folder.path);
});
afterAll(async () => {
  await thread.close();
  pipeline.close();
  await folder.remove();
});

/** A sound of exactly so many samples. */
async function make(name: string, samples: number, rateHz: number, ...options: string[]): Promise<string> {
  const source = `anoisesrc=r=${rateHz}:color=pink:seed=3:d=${samples / rateHz + 1},atrim=end_sample=${samples},volume=8dB`;
  await ffmpeg('-f', 'lavfi', '-i', source, ...options, file(name));
  return file(name);
}

async function process(from: string) {
  const job = await pipeline.accept(from);
  await pipeline.processing().run(job.id, firstAttempt());
  return (await pipeline.sounds.get(job.soundId))!;
}

/** Samples that the whole file decodes to at 44.1 kHz. */
async function decoded(from: string): Promise<number> {
  const source = { sha256: from, path: from, codec: null, hearing: { track: 0, weights: [1] } };
  const stream = await thread.open({ ...source, maxDurationS: 60, format: DRAWN, gain: null, fromFrame: 0 });
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) bytes += chunk.length;
  return bytes / 2;
}

describe('the length of a sound is exact to the sample', () => {
  const lengths = [30_000, 30_001, 44_100, 99_999];
  const lossless: [ending: string, options: string[]][] = [
    ['wav', []],
    ['wav', ['-c:a', 'pcm_s24le']],
    ['aiff', []],
    ['flac', []],
    ['wv', []],
    ['caf', []],
    ['m4a', ['-c:a', 'alac']],
    ['au', []],
  ];
  it.each(lossless)('in %s %s at 44.1 kHz', async (ending, options) => {
    for (const [index, samples] of lengths.entries()) {
      const from = await make(`${options.at(-1) ?? ''}${index}.${ending}`, samples, 44_100, ...options);
      const { durationS } = await process(from);
      expect(samplesWithin(durationS!, { startS: 0, endS: Infinity }, 44_100)).toEqual({ first: 0, count: samples });
    }
  });

  it.each([8000, 11_025, 16_000, 22_050, 32_000, 44_099, 48_000, 88_200, 96_000, 192_000])(
    'at %i Hz: as many as it decodes to',
    async (rateHz) => {
      for (const [index, samples] of [12_345, 30_000, 30_001].entries()) {
        const from = await make(`rate ${rateHz} ${index}.wav`, samples, rateHz);
        const { durationS } = await process(from);
        expect(Math.round(durationS! * rateHz * 1000) / 1000).toBe(samples);
        const { count } = samplesWithin(durationS!, { startS: 0, endS: Infinity }, DRAWN.rateHz);
        expect(Math.abs(count - (await decoded(from)))).toBeLessThanOrEqual(rateHz > 96_000 ? 1 : 0);
      }
    },
  );

  it('in stretches that follow each other every sample is there once', () => {
    const durationS = 30_000 / 44_100;
    const borders = [0, 0.1, 0.123456, 0.33333, 0.5, 0.68, durationS];
    let next = 0;
    for (const [index, startS] of borders.slice(0, -1).entries()) {
      const { first, count } = samplesWithin(durationS, { startS, endS: borders[index + 1]! }, 44_100);
      expect(first).toBe(next);
      next = first + count;
    }
    expect(next).toBe(30_000);
    expect(() => samplesWithin(durationS, { startS: 0.1, endS: 0.100001 }, 44_100)).toThrow(/not even one sample/);
    expect(() => samplesWithin(durationS, { startS: 0.680273, endS: 9 }, 44_100)).toThrow();
  });
});

describe('a FLAC with foreign bytes behind its end', () => {
  const probe = new FfmpegProbe({ maxDurationS: 3600 });
  /** Bytes that look like nothing, with what looks like the beginning of a frame among them. */
  const rubbish = (length: number): Buffer => {
    let state = 7;
    const bytes = Array.from({ length }, () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) >> 16);
    return Buffer.concat([Buffer.from(bytes), Buffer.from([0xff, 0xf8]), Buffer.from(bytes.slice(0, 50))]);
  };
  const id3v1 = Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125, 32)]);
  const ape = Buffer.concat([Buffer.from('APETAGEX'), rubbish(300_000)]);
  const foreign: [what: string, bytes: Buffer][] = [
    ['an ID3v1 tag', id3v1],
    ['an APE tag with a picture', ape],
    ['one zero', Buffer.alloc(1)],
    ['zeros', Buffer.alloc(300_000)],
    ['rubbish', rubbish(3)],
    ['much rubbish', rubbish(200_000)],
    ['text', Buffer.from('\r\n<html>404</html>')],
    ['ones', Buffer.alloc(5_000, 255)],
  ];
  /** Of lengths whose last frame is more than what may be miscounted. */
  const kinds: [name: string, seconds: number, options: string[]][] = [
    ['short.flac', 0.3, []],
    ['stereo.flac', 8, ['-ac', '2', '-compression_level', '12']],
    ['deep.flac', 8.01, ['-sample_fmt', 's32', '-compression_level', '0']],
    ['six.flac', 4, ['-ac', '6', '-ar', '48000']],
    ['small-blocks.flac', 4.004, ['-frame_size', '256']],
  ];
  const made = async (name: string, seconds: number, options: string[]): Promise<Buffer> =>
    readFile(await make(name, Math.round(seconds * 44_100), 44_100, ...options));

  /** What it is told to lack, 0..1; 1 of one that is refused. */
  const lacking = (name: string): Promise<number> =>
    probe.probe(file(name)).then(
      () => probe.lacking(file(name)),
      (error: unknown) => {
        expect((error as Error).message).toMatch(/cut off/);
        return 1;
      },
    );

  it.each(kinds)('%s is whole with it, and lacks what is missing of its own', async (name, seconds, options) => {
    const whole = await made(name, seconds, options);
    const { durationS } = await probe.probe(file(name));
    for (const [what, bytes] of foreign) {
      await writeFile(file('more.flac'), Buffer.concat([whole, bytes]));
      expect((await probe.probe(file('more.flac'))).durationS, what).toBe(durationS);
    }
    // In its last frame, at its last byte, in its middle; also with something behind.
    const cuts = [1, 2, 3, 10, 100, Math.floor(whole.length / 2)].filter((bytes) => bytes < whole.length / 2 + 1);
    for (const missing of cuts) {
      for (const behind of [Buffer.alloc(0), id3v1, Buffer.alloc(1000), rubbish(1000)]) {
        await writeFile(file('less.flac'), Buffer.concat([whole.subarray(0, whole.length - missing), behind]));
        const told = expect(await lacking('less.flac'), `${missing} missing, ${behind.length} behind`);
        if (missing > whole.length / 4) told.toBe(1);
        else told.toBeGreaterThan(0);
      }
    }
  });

  it.each([
    ['stereo.flac', 8],
    // Longer than is read in the worker itself.
    ['long.flac', 70],
  ])('%s sounds as without, and is not called damaged', async (name, seconds) => {
    const whole = await made(name, seconds, ['-ac', '2']);
    for (const [index, [what, bytes]] of foreign.entries()) {
      await writeFile(file(`heard ${index}.flac`), Buffer.concat([whole, bytes]));
      const { status, error, damaged, durationS } = await process(file(`heard ${index}.flac`));
      expect({ status, error, damaged, durationS }, what).toEqual({
        status: 'ready',
        error: null,
        damaged: null,
        durationS: seconds,
      });
    }
  });
});
