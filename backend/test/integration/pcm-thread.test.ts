import fs from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MediaSlots } from '../../src/audio/media-slots.js';
import { PcmThread } from '../../src/audio/pcm-thread.js';
import { DRAWN } from '../../src/domain/library/pcm-format.js';
import { wavBytes, firstFrameOf, wavSize, type Wav } from '../../src/domain/library/wav.js';
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

const what = (from: string, codec: string, fromFrame = 0) => ({
  sha256: from,
  codec,
  // One channel will do.
  hearing: { track: 0, weights: [1] },
  maxDurationS: 12 * 3600,
  format: DRAWN,
  gain: null,
  fromFrame,
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
    const wav = { format: DRAWN, frames: SECONDS * 44_100 };
    const size = wavSize(wav);
    const range = async (start: number, end: number): Promise<Buffer> => {
      const part = { start, end };
      return bytesOf(wavBytes(await thread.open(what(file(name), codec, firstFrameOf(DRAWN, part))), wav, part));
    };
    const whole = await range(0, size - 1);
    expect(whole.length).toBe(size);
    for (const start of [1, 45, 400_001, 882_045, size - 100_001]) {
      const part = await range(start, start + 99_999);
      expect(part.equals(whole.subarray(start, start + 100_000))).toBe(true);
    }
  });
});

describe('channels that stay apart', () => {
  const CUT_S = 5.3;
  const wide = (channels: number, rateHz: number, layout: string): string =>
    [
      ...Array.from({ length: channels }, (_, i) => `anoisesrc=d=8:r=${rateHz}:color=pink:seed=${i + 1}[c${i}]`),
      `${Array.from({ length: channels }, (_, i) => `[c${i}]`).join('')}join=inputs=${channels}:channel_layout=${layout}`,
    ].join(';');
  interface Case {
    name: string;
    codec: string;
    options?: string[];
    layout?: [channels: number, name: string];
    rateHz?: number;
    bits?: 16 | 24;
  }
  const cases: Case[] = [
    { name: 'wide.wav', codec: 'pcm_s16le' },
    { name: 'deep.wav', codec: 'pcm_s24le', options: ['-c:a', 'pcm_s24le'], bits: 24 },
    { name: 'fine.flac', codec: 'flac', options: ['-sample_fmt', 's32'], rateHz: 96_000, bits: 24 },
    { name: 'wide.mp3', codec: 'mp3', rateHz: 44_100 },
    { name: 'wide.m4a', codec: 'aac', rateHz: 44_100 },
    { name: 'telephone.wav', codec: 'pcm_s16le', rateHz: 8000, layout: [1, 'mono'] },
    { name: 'six.flac', codec: 'flac', layout: [6, '5.1'] },
    // No stereo, but two channels.
    { name: 'sides.wav', codec: 'pcm_s16le', layout: [2, 'SL+SR'] },
  ];

  it.each(cases)('$name is as ffmpeg cuts it', async (given) => {
    const { name, codec, options = [], layout = [2, 'stereo'], rateHz = 48_000, bits = 16 } = given;
    await ffmpeg('-filter_complex', wide(layout[0], rateHz, layout[1]), ...options, file(name));
    const channels = layout[0] === 1 ? 1 : 2;
    const [first, frames] = [Math.round(CUT_S * rateHz) + 7, rateHz + 77];
    const wav: Wav = { format: { channels, rateHz, bits }, frames };
    const hearing = { track: 0, weights: Array.from({ length: layout[0] }, () => 1 / layout[0]) };
    const opened = { ...what(file(name), codec, first), hearing, format: wav.format, gain: 1 };
    const range = { start: 0, end: wavSize(wav) - 1 };
    const ours = await bytesOf(wavBytes(await threadOf(1).open(opened), wav, range));
    expect([ours.readUInt16LE(22), ours.readUInt32LE(24), ours.readUInt16LE(34)]).toEqual([channels, rateHz, bits]);

    const cut = `atrim=start_sample=${first}:end_sample=${first + frames}`;
    const raw = file(`${name}.raw`);
    const output = [...(layout[0] > 2 ? ['-ac', '2'] : []), '-c:a', `pcm_s${bits}le`, '-f', `s${bits}le`, raw];
    await ffmpeg('-i', file(name), '-af', cut, ...output);
    const theirs = await fs.readFile(raw);
    expect(theirs.length).toBe(ours.length - 44);
    const bytes = bits / 8;
    let [furthest, apart] = [0, 0];
    for (let at = 0; at < theirs.length; at += bytes) {
      const value = theirs.readIntLE(at, bytes);
      furthest = Math.max(furthest, Math.abs(ours.readIntLE(44 + at, bytes) - value));
      if ((at / bytes) % 2 === 1) apart = Math.max(apart, Math.abs(value - theirs.readIntLE(at - bytes, bytes)));
    }
    expect(furthest).toBeLessThanOrEqual(1);
    expect(apart).toBeGreaterThan(2 ** (bits - 6));
  });

  it('of which ffmpeg makes no stereo are mixed as they are searched', async () => {
    await ffmpeg('-filter_complex', wide(3, 48_000, 'FL+LFE+BC'), file('three.wav'));
    const opened = { ...what(file('three.wav'), 'pcm_s16le'), hearing: { track: 0, weights: [0.5, 0, 0.5] } };
    const heard = await bytesOf(await threadOf(1).open(opened));
    const format = { channels: 2 as const, rateHz: DRAWN.rateHz, bits: DRAWN.bits };
    const both = await bytesOf(await threadOf(1).open({ ...opened, format, gain: 1 }));
    expect(both.length).toBe(2 * heard.length);
    for (let at = 0; at < heard.length; at += 20_000) {
      const value = heard.readInt16LE(at);
      expect([both.readInt16LE(2 * at), both.readInt16LE(2 * at + 2)]).toEqual([value, value]);
    }
  });
});

describe('a listener', () => {
  it('near the end of a long sound waits no longer than one at its beginning', async () => {
    // Two hours of constant value: 20 kB.
    await ffmpeg('-f', 'lavfi', '-i', 'aevalsrc=0.1:s=8000:d=7200', file('two-hours.flac'));
    const thread = threadOf(1);
    const timed = async (fromFrame: number): Promise<number> => {
      const began = performance.now();
      const stream = await thread.open(what(file('two-hours.flac'), 'flac', fromFrame));
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
