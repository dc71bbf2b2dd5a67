import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FfmpegDecoder } from '../../src/audio/ffmpeg-decoder.js';
import { FfmpegProbe } from '../../src/audio/ffmpeg-probe.js';
import { MediaPrograms } from '../../src/audio/media-process.js';
import { MediaSlots } from '../../src/audio/media-slots.js';
import { ffmpeg, processesOf, sparseWav, temporaryFolder, until, wav } from './ingest-fixtures.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const LIMIT_MB = 150;
const probe = new FfmpegProbe({ maxDurationS: 12 * 3600 });
const decoder = new FfmpegDecoder();

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const file = (name: string): string => path.join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** Megabytes that the programs reading this file held at most, as seen every few milliseconds. */
async function peakOf(from: string, work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  let over = false;
  const watching = (async () => {
    while (!over) {
      for (const pid of await processesOf(from)) {
        const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  await work().catch(() => undefined);
  over = true;
  await watching;
  return peak;
}

async function probeAndDecode(from: string): Promise<void> {
  await probe.probe(from).catch(() => undefined);
  const iterator = decoder.decode(from, { sampleRateHz: 48_000, maxDurationS: 600 })[Symbol.asyncIterator]();
  while (!(await iterator.next()).done);
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const be32 = (value: number): Buffer => Buffer.from(u32(value).reverse());
const syncSafe = (value: number): Buffer =>
  Buffer.from([(value >> 21) & 127, (value >> 14) & 127, (value >> 7) & 127, value & 127]);

describe.skipIf(process.platform !== 'linux')('small files that would take gigabytes', () => {
  const cases: Record<string, () => Promise<Buffer>> = {
    'a WAV whose tag claims two gigabytes': () =>
      Promise.resolve(
        Buffer.concat([
          ...['RIFF', u32(0x7fffffff), 'WAVELIST', u32(0x7fffffff), 'INFOINAM', u32(0x7ffffff0), 'A'.repeat(1000)].map(
            (part) => Buffer.from(part as string),
          ),
        ]),
      ),
    'an MP3 whose title unpacks to hundreds of megabytes': async () => {
      const packed = deflateSync(Buffer.alloc(300 * 1024 * 1024, 65), { level: 9 });
      const body = Buffer.concat([syncSafe(0x0fffffff), packed]);
      const frame = Buffer.concat([Buffer.from('TIT2'), syncSafe(body.length), Buffer.from([0, 9]), body]);
      const head = Buffer.concat([Buffer.from('ID3\x04\x00\x00', 'latin1'), syncSafe(frame.length)]);
      await ffmpeg('-f', 'lavfi', '-i', 'sine=duration=3', '-id3v2_version', '0', file('plain.mp3'));
      return Buffer.concat([head, frame, await readFile(file('plain.mp3'))]);
    },
    'an AIFF of one sample a second': () =>
      Promise.resolve(
        Buffer.concat([
          Buffer.from('FORM'),
          be32(46 + 90_000),
          Buffer.from('AIFFCOMM'),
          be32(18),
          Buffer.from([0, 1]),
          be32(45_000),
          // 16 bits; the rate 1 as an 80-bit float.
          Buffer.from([0, 16, 0x3f, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]),
          Buffer.from('SSND'),
          be32(8 + 90_000),
          Buffer.alloc(8),
          Buffer.alloc(90_000, 77),
        ]),
      ),
    'an AU of one sample a second': () =>
      Promise.resolve(
        Buffer.concat([Buffer.from('.snd'), ...[24, 90_000, 3, 1, 1].map(be32), Buffer.alloc(90_000, 77)]),
      ),
  };

  it.each(Object.keys(cases))('%s', async (name) => {
    const from = file(`hostile-${Object.keys(cases).indexOf(name)}`);
    await writeFile(from, await (cases[name] as () => Promise<Buffer>)());
    const began = performance.now();
    expect(await peakOf(from, () => probeAndDecode(from))).toBeLessThan(LIMIT_MB);
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('an unpacking title does not keep a sound from being read', async () => {
    const facts = await probe.probe(file('hostile-1'));
    expect(facts).toMatchObject({ codec: 'mp3', channels: 1 });
  });

  it.each([1, 50, 999])('a rate of %i Hz is refused with a reason', async (rate) => {
    const from = await wav(file(`rate-${rate}.wav`), Buffer.alloc(20_000, 200), { sampleRateHz: rate });
    await expect(probe.probe(from)).rejects.toMatchObject({
      code: 'unreadable_media',
      message: expect.stringContaining('from 1 to 768 kHz') as string,
    });
  });
});

it.each([
  ['ID3v2.3', 3],
  ['ID3v2.4', 4],
])('a sound behind 150,000 tags is read, without waiting for ffmpeg to compare them: %s', async (_, version) => {
  await ffmpeg('-f', 'lavfi', '-i', 'sine=440:duration=2', '-id3v2_version', '0', file('bare.mp3'));
  const frames = Buffer.concat(
    Array.from({ length: 150_000 }, (__, at) => {
      const body = Buffer.from(`\0${at}\0x`);
      return Buffer.concat([
        Buffer.from('TXXX'),
        version === 4 ? syncSafe(body.length) : be32(body.length),
        Buffer.alloc(2),
        body,
      ]);
    }),
  );
  const head = Buffer.concat([Buffer.from('ID3'), Buffer.from([version, 0, 0]), syncSafe(frames.length)]);
  await writeFile(file('crowded.mp3'), Buffer.concat([head, frames, await readFile(file('bare.mp3'))]));
  // ffmpeg alone made more of it than the 15 seconds that it is given.
  const [crowded, bare] = [await probe.probe(file('crowded.mp3')), await probe.probe(file('bare.mp3'))];
  expect([crowded.codec, crowded.channels]).toEqual([bare.codec, bare.channels]);
  expect(crowded.durationS).toBeCloseTo(bare.durationS!, 1);
  await probeAndDecode(file('crowded.mp3'));
});

describe.skipIf(process.platform === 'win32')('what ffmpeg is given', () => {
  /** A program in place of ffmpeg that tells what it got. */
  async function asFfmpeg(script: string, work: () => Promise<void>): Promise<void> {
    await writeFile(file('ffmpeg'), `#!/bin/sh\n${script}\n`);
    await chmod(file('ffmpeg'), 0o755);
    const { PATH } = process.env;
    process.env.PATH = `${folder.path}:${PATH}`;
    process.env.AUTH = 'user:very-secret';
    try {
      await work();
    } finally {
      process.env.PATH = PATH;
      delete process.env.AUTH;
    }
  }
  const read = async (programs: MediaPrograms, fileBytes: number): Promise<string> => {
    const process = await programs.start('ffmpeg', ['-v', 'error'], { cpuS: 7, fileBytes });
    let text = '';
    process.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    await process.ended;
    return text;
  };

  it('no secrets of ours, and limits of memory and processor time', async () => {
    await asFfmpeg('env; echo "data=$(ulimit -d) cpu=$(ulimit -t) core=$(ulimit -c) args=$*"', async () => {
      const small = await read(new MediaPrograms(), 1000);
      expect(small).not.toContain('secret');
      expect(small).toMatch(/cpu=7 core=0 args=-max_alloc \d+ -v error/);
      const dataOf = (text: string): number => Number(/data=(\d+)/.exec(text)?.[1]);
      expect(dataOf(small)).toBeLessThan(110 * 1024);
      // A long MP4 has a large index.
      expect(dataOf(await read(new MediaPrograms(), 400 * 1024 * 1024))).toBeGreaterThan(200 * 1024);
    });
  });

  it('not more than its share of the processor', async () => {
    await asFfmpeg('while :; do :; done', async () => {
      const spinning = await new MediaPrograms().start('ffmpeg', [], { cpuS: 1, fileBytes: 0 });
      expect((await spinning.ended).signal).toMatch(/SIGKILL|SIGXCPU/);
    });
  });

  it('its turn when another has ended', async () => {
    const from = await sparseWav(file('big.wav'), 100 * 1024 * 1024);
    const one = new FfmpegDecoder({ programs: new MediaPrograms(new MediaSlots({ atOnce: 1, patienceMs: 100 })) });
    const options = { sampleRateHz: 48_000, maxDurationS: 12 * 3600 };
    const first = one.decode(from, options)[Symbol.asyncIterator]();
    await first.next();
    const second = one.decode(from, options)[Symbol.asyncIterator]();
    await expect(second.next()).rejects.toMatchObject({ code: 'not_ready', transient: true });
    await first.return?.();
    await until(async () => (await processesOf(from)).length === 0, 'ffmpeg is gone');
    const third = one.decode(from, options)[Symbol.asyncIterator]();
    expect((await third.next()).done).toBe(false);
    await third.return?.();
  });
});
