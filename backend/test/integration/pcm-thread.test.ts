import fs from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MediaSlots } from '../../src/audio/media-slots.js';
import { PcmThread } from '../../src/audio/pcm-thread.js';
import { wavBytes, firstSampleOf, wavSize } from '../../src/domain/library/wav.js';
import { ffmpeg, processesOf, sparseWav, temporaryFolder, until } from './ingest-fixtures.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const SECONDS = 20;
const SOURCE = `anoisesrc=d=${SECONDS}:r=48000:color=pink:seed=3,tremolo=f=2:d=0.9,aformat=channel_layouts=stereo`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const file = (name: string): string => path.join(folder.path, name);
const threads: PcmThread[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await Promise.all(threads.map((thread) => thread.close()));
  await folder.remove();
});

function threadOf(atOnce: number, patienceMs = 30_000): PcmThread {
  const thread = new PcmThread(new MediaSlots({ atOnce, patienceMs }), { withLocalFile: (from, use) => use(from) });
  threads.push(thread);
  return thread;
}

const what = (from: string, codec: string, fromSample = 0) => ({
  sha256: from,
  codec,
  // One channel will do.
  hearing: { track: 0, weights: [1] },
  maxDurationS: 12 * 3600,
  fromSample,
});

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

/** The next bytes of a stream that is read by hand. */
async function some(stream: Readable): Promise<Buffer> {
  for (;;) {
    const chunk = stream.read() as Buffer | null;
    if (chunk) return chunk;
    await new Promise<void>((resolve, reject) => {
      const onReadable = (): void => (stream.off('error', onError), resolve());
      const onError = (error: Error): void => (stream.off('readable', onReadable), reject(error));
      stream.once('readable', onReadable).once('error', onError);
    });
  }
}

describe('bytes of any range are those of the whole', () => {
  const formats: [name: string, codec: string, options: string[]][] = [
    ['a.flac', 'flac', []],
    ['telephone.flac', 'flac', ['-ar', '8000']],
    ['a.wav', 'pcm_s16le', []],
    ['odd-rate.wav', 'pcm_s16le', ['-ar', '44099']],
    ['a.aiff', 'pcm_s16be', []],
    ['cbr.mp3', 'mp3', ['-b:a', '128k']],
    ['vbr.mp3', 'mp3', ['-q:a', '4']],
    ['bare.mp3', 'mp3', ['-write_xing', '0']],
    ['a.ogg', 'vorbis', ['-c:a', 'libvorbis']],
    ['a.opus', 'opus', ['-c:a', 'libopus']],
    ['a.wv', 'wavpack', []],
    ['alac.m4a', 'alac', ['-c:a', 'alac']],
    ['a.m4a', 'aac', ['-c:a', 'aac']],
    ['a.webm', 'opus', ['-c:a', 'libopus']],
    ['a.ac3', 'ac3', []],
    ['a.wma', 'wmav2', []],
  ];

  it.each(formats)('%s', async (name, codec, options) => {
    await ffmpeg('-f', 'lavfi', '-i', SOURCE, ...options, file(name));
    const thread = threadOf(2);
    const size = wavSize(SECONDS * 44_100);
    const range = async (start: number, end: number): Promise<Buffer> => {
      const part = { start, end };
      return bytesOf(wavBytes(await thread.open(what(file(name), codec, firstSampleOf(part))), size, part));
    };
    const whole = await range(0, size - 1);
    expect(whole.length).toBe(size);
    for (const start of [1, 45, 400_001, 882_045, size - 100_001]) {
      const part = await range(start, start + 99_999);
      expect(part.equals(whole.subarray(start, start + 100_000))).toBe(true);
    }
  });
});

describe('a listener', () => {
  it('near the end of a long sound waits no longer than one at its beginning', async () => {
    // Two hours of constant value: 20 kB.
    await ffmpeg('-f', 'lavfi', '-i', 'aevalsrc=0.1:s=8000:d=7200', file('two-hours.flac'));
    const thread = threadOf(1);
    const timed = async (fromSample: number): Promise<number> => {
      const began = performance.now();
      const stream = await thread.open(what(file('two-hours.flac'), 'flac', fromSample));
      expect((await some(stream)).length).toBeGreaterThan(0);
      stream.destroy();
      return performance.now() - began;
    };
    await timed(0);
    const first = await timed(0);
    expect(await timed(7190 * 44_100)).toBeLessThan(5 * first + 500);
  });

  it('who leaves ends the work at once, even before the first sample', async () => {
    await ffmpeg('-f', 'lavfi', '-i', 'anoisesrc=d=600', '-c:a', 'aac', file('long.m4a'));
    const thread = threadOf(1);
    const leaving = new AbortController();
    // AAC is decoded from its start.
    const opened = thread.open(what(file('long.m4a'), 'aac', 590 * 44_100), leaving.signal);
    await until(async () => (await processesOf(file('long.m4a'))).length > 0, 'ffmpeg runs');
    leaving.abort();
    await expect(opened).rejects.toMatchObject({ code: 'cancelled' });
    await until(async () => (await processesOf(file('long.m4a'))).length === 0, 'ffmpeg is gone', 2_000);
    // Its place is free.
    (await thread.open(what(file('long.m4a'), 'aac'))).destroy();
  });

  it('of a file that cannot be decoded is told so before the first byte', async () => {
    await fs.writeFile(file('broken.flac'), 'fLaC, and then nothing that is FLAC'.repeat(100));
    const thread = threadOf(1);
    await expect(thread.open(what(file('broken.flac'), 'flac'))).rejects.toMatchObject({ code: 'unreadable_media' });
    // Its place is free.
    const from = await sparseWav(file('whole.wav'), 1024 * 1024);
    (await thread.open(what(from, 'pcm_s16le'))).destroy();
  });

  it('who pauses gives way to another, and goes on where he was', async () => {
    const from = await sparseWav(file('big.wav'), 50 * 1024 * 1024);
    const thread = threadOf(1);
    const whole = await bytesOf(await thread.open(what(from, 'pcm_s16le')));
    const paused = await thread.open(what(from, 'pcm_s16le'));
    const heard = [await some(paused)];
    // Waits until the other is idle, not until it has ended.
    const other = await thread.open(what(from, 'pcm_s16le', 1000));
    expect((await some(other)).length).toBeGreaterThan(0);
    other.destroy();
    for await (const chunk of paused) heard.push(chunk as Buffer);
    expect(Buffer.concat(heard).equals(whole)).toBe(true);
  });

  it('too many at once are asked to come again', async () => {
    const from = await sparseWav(file('busy.wav'), 50 * 1024 * 1024);
    const thread = threadOf(1, 200);
    const listening = await thread.open(what(from, 'pcm_s16le'));
    await expect(thread.open(what(from, 'pcm_s16le'))).rejects.toMatchObject({ code: 'not_ready', transient: true });
    listening.destroy();
    (await thread.open(what(from, 'pcm_s16le'))).destroy();
  });
});
