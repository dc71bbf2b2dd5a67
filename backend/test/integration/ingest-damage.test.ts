import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FfmpegProbe } from '../../src/audio/ffmpeg-probe.js';
import { temporaryFolder, tone, wav } from './ingest-fixtures.js';
import { firstAttempt, Pipeline } from './ingest-pipeline.js';
import { told } from '../../src/domain/reasons.js';

// Real processes on a machine that may be busy: far more than they need.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

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

/** A sweep of eight seconds: no two stretches of its file are alike. */
async function whole(ending: string, options: string[]): Promise<Buffer> {
  const sweep = ['-af', 'vibrato=f=1:d=0.9,tremolo=f=3'];
  await tone(file(`whole.${ending}`), 8, ...sweep, ...options, '-f', FORMAT[ending] ?? ending);
  return readFile(file(`whole.${ending}`));
}
const FORMAT: Record<string, string> = {
  rf64: 'wav',
  faststart: 'mp4',
  m4a: 'mp4',
  wma: 'asf',
  mka: 'matroska',
  fragments: 'mp4',
};

/** Bytes that look like nothing, the same each time. */
function rubbish(length: number): Buffer {
  let state = 7;
  return Buffer.from(Array.from({ length }, () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) >> 16));
}

async function process(bytes: Buffer, name: string) {
  await writeFile(file(name), bytes);
  const job = await pipeline.accept(file(name));
  await pipeline.processing().run(job.id, firstAttempt());
  return (await pipeline.sounds.get(job.soundId))!;
}

const cutShort: [ending: string, options: string[], told: RegExp][] = [
  ['wav', [], /only (49|50) %/],
  ['rf64', ['-rf64', 'always'], /only (49|50) %/],
  ['w64', [], /only (49|50) %/],
  ['aiff', [], /only (49|50) %/],
  ['caf', [], /only (49|50) %/],
  ['au', [], /only (49|50) %/],
  ['flac', [], /only [345]\d %/],
  ['wv', [], /only [345]\d %/],
  ['mp3', [], /only (49|50) %/],
  ['ogg', ['-c:a', 'libvorbis'], /breaks off after [2345](?:\.\d)? seconds/],
  ['opus', [], /breaks off after [2345](?:\.\d)? seconds/],
  ['m4a', ['-c:a', 'aac'], /index, which is missing/],
  ['faststart', ['-c:a', 'aac', '-movflags', '+faststart'], /only [345]\d %/],
  ['fragments', ['-c:a', 'aac', '-movflags', '+frag_keyframe+empty_moov', '-frag_duration', '1000000'], /cut off/],
  ['wma', ['-c:a', 'wmav2'], /only [345]\d %/],
  ['mka', ['-c:a', 'flac'], /only (49|50) %/],
];

describe('files that are cut off', () => {
  it.each(cutShort)('%s is refused, and told how much is there', async (ending, options, told) => {
    const bytes = await whole(ending, options);
    await writeFile(file('intact'), bytes);
    expect((await probe.probe(file('intact'))).durationS ?? 8).toBeCloseTo(8, 0);
    await writeFile(file('cut'), bytes.subarray(0, Math.floor(bytes.length / 2)));
    await expect(probe.probe(file('cut'))).rejects.toMatchObject({
      code: 'unreadable_media',
      message: expect.stringMatching(told) as string,
    });
  });

  it.each(cutShort.filter(([ending]) => ending !== 'w64'))(
    '%s that is whole, with tags behind it, is not',
    async (ending, options) => {
      const bytes = await whole(ending, options);
      const tag = Buffer.alloc(128);
      tag.write('TAGa title');
      await writeFile(file('tagged'), Buffer.concat([bytes, tag]));
      await expect(probe.probe(file('tagged'))).resolves.toMatchObject({ channels: 1 });
    },
  );
});

describe('headers that are not honest', () => {
  it.each([1, 8, 64])('a WAV that counts %i bytes too many is taken', async (excess) => {
    const from = await wav(file('excess.wav'), Buffer.alloc(8820, 9), { claimedBytes: 8820 + excess });
    expect((await probe.probe(from)).durationS).toBeCloseTo(0.1, 2);
  });

  it('so is a large one that counts a thousandth too many, but not one that lacks a hundredth', async () => {
    const data = Buffer.alloc(2_000_000, 9);
    await expect(probe.probe(await wav(file('a.wav'), data, { claimedBytes: 2_001_900 }))).resolves.toBeTruthy();
    await expect(probe.probe(await wav(file('b.wav'), data, { claimedBytes: 2_020_000 }))).rejects.toThrow(/99 %/);
  });

  it.each([0, 0x7fffffff, 0x7ffff000, 0x80000000, 0xffffffff, 0xfffffff0, 0xffffff00, 0xffffefff])(
    'a WAV whose size is %i plays for what is there',
    async (claimedBytes) => {
      const from = await wav(file('piped.wav'), Buffer.alloc(88_200, 9), { claimedBytes });
      expect((await probe.probe(from)).durationS).toBeCloseTo(1, 2);
    },
  );

  it('an MP3 whose first frame promises hours is as long as it is', async () => {
    const bytes = await whole('mp3', []);
    const at = bytes.indexOf(/* made with a constant rate */ 'Info');
    bytes.writeUInt32BE(2_000_000, at + 8);
    const sound = await process(bytes, 'promises.mp3');
    expect(sound).toMatchObject({ status: 'ready', damaged: null });
    expect(sound.durationS).toBeCloseTo(8, 0);
  });

  it('an MP3 without such a frame that begins quietly is not taken for one that is too long', async () => {
    const quiet = ['-b:a', '32k', '-write_xing', '0', '-id3v2_version', '0'];
    await tone(file('quiet.mp3'), 1, '-af', 'volume=0', ...quiet);
    await tone(file('loud.mp3'), 20, '-ar', '44100', ...quiet.with(1, '320k'));
    await writeFile(
      file('vbr.mp3'),
      Buffer.concat([await readFile(file('quiet.mp3')), await readFile(file('loud.mp3'))]),
    );
    const strict = new FfmpegProbe({ maxDurationS: 60 });
    expect((await strict.probe(file('vbr.mp3'))).durationS).toBeNull();
  });

  it('a FLAC that promises hours is as long as it is', async () => {
    const bytes = await whole('flac', []);
    // The lower 32 of the 36 bits that count samples.
    bytes.writeUInt32BE(0xf0000000, 8 + 14);
    const sound = await process(bytes, 'promises.flac');
    expect(sound).toMatchObject({ status: 'ready', damaged: null });
    expect(sound.durationS).toBeCloseTo(8, 1);
  });
});

describe('files that are damaged inside', () => {
  it.each([
    ['mp3', 'a frame', (bytes: Buffer) => bytes.subarray(0, -450)],
    ['flac', 'its last bytes', (bytes: Buffer) => bytes.subarray(0, -10)],
  ])('%s without %s are taken, and say so; without the last second they are refused', async (ending, _, cut) => {
    const bytes = await whole(ending, []);
    const sound = await process(cut(bytes), `nearly.${ending}`);
    expect(sound).toMatchObject({ status: 'ready', error: null });
    expect(sound.damaged).toBeGreaterThan(0);
    expect(sound.damaged).toBeLessThan(0.02);
    await writeFile(file(`nearly.${ending}`), cut(bytes));
    await expect(probe.probe(file(`nearly.${ending}`))).resolves.toBeTruthy();
    await writeFile(file(`short.${ending}`), bytes.subarray(0, bytes.length * 0.87));
    await expect(probe.probe(file(`short.${ending}`))).rejects.toThrow(/cut off/);
  });

  it('one frame of a minute of FLAC is told of', async () => {
    await tone(file('minute.flac'), 60, '-ar', '44100');
    const bytes = await readFile(file('minute.flac'));
    rubbish(40).copy(bytes, bytes.length >> 1);
    const sound = await process(bytes, 'frame.flac');
    expect(sound.status).toBe('ready');
    expect(sound.damaged).toBeGreaterThan(0);
    expect(sound.damaged).toBeLessThan(0.01);
  });

  it.each([
    ['flac', []],
    ['mp3', []],
    ['mp3', ['-write_xing', '0']],
    ['ogg', ['-c:a', 'libvorbis']],
    ['opus', []],
    ['m4a', ['-c:a', 'aac']],
    ['m4a', ['-c:a', 'alac']],
    ['adts', ['-c:a', 'aac']],
    ['wma', ['-c:a', 'wmav2']],
    ['mka', ['-c:a', 'flac']],
    ['webm', ['-c:a', 'libopus']],
    ['wv', []],
    ['caf', ['-c:a', 'alac']],
    ['mka', ['-c:a', 'libvorbis']],
    ['ac3', []],
    ['ac3', ['-ar', '48000', '-b:a', '256k']],
    ['eac3', []],
  ])('%s %s are taken, and say so', async (ending, options) => {
    const bytes = await whole(ending, options);
    const [from, to] = [Math.floor(bytes.length * 0.4), Math.floor(bytes.length * 0.55)];
    rubbish(to - from).copy(bytes, from);
    const sound = await process(bytes, `damaged.${ending}`);
    expect(sound.error).toBeNull();
    expect(sound.damaged).toBeGreaterThan(0.03);
    expect(sound.damaged).toBeLessThan(0.5);
    const found = async (damaged: boolean): Promise<string[]> =>
      (await pipeline.sounds.ids({ filters: { damaged }, sort: 'added', order: 'asc', limit: 1000 })).ids;
    expect(await found(true)).toContain(sound.id);
    expect(await found(false)).not.toContain(sound.id);
  });

  it('most of which is lost are refused', async () => {
    const bytes = await whole('flac', []);
    const [from, to] = [Math.floor(bytes.length * 0.2), Math.floor(bytes.length * 0.95)];
    rubbish(to - from).copy(bytes, from);
    const sound = await process(bytes, 'ruined.flac');
    expect(told(sound.error ?? '').text).toMatch(/damaged: only [12]\d % of its sound can be read/);
  });

  it('whole files are not called damaged', async () => {
    for (const [ending, ...options] of [
      ['flac'],
      ['mp3'],
      ['ogg', '-c:a', 'libvorbis'],
      ['opus'],
      ['m4a', '-c:a', 'aac'],
      ['adts', '-c:a', 'aac'],
      ['wv'],
      ['ac3'],
      ['eac3'],
    ]) {
      expect((await process(await whole(ending!, options), `fine.${ending}`)).damaged, ending).toBeNull();
    }
  });
});

describe('a FLAC whose head says something else than its frames is read by its frames', () => {
  const STREAM_INFO = 8;
  const MONO = ['-ar', '44100', '-ac', '1', '-sample_fmt', 's16'];
  /** Overwrites bits of the head, counted from its rate on: 20 of the rate, 3 of channels, 5 of bits, 36 of samples. */
  const facts = (bytes: Buffer, at: number, width: number, value: number): void => {
    for (let bit = 0; bit < width; bit++) {
      const place = at + bit;
      const [byte, mask] = [STREAM_INFO + 10 + (place >> 3), 128 >> (place & 7)];
      bytes[byte] = (value >> (width - 1 - bit)) & 1 ? bytes[byte]! | mask : bytes[byte]! & ~mask;
    }
  };
  const wrong: Record<string, (bytes: Buffer) => void> = {
    '24 bits': (bytes) => facts(bytes, 23, 5, 23),
    '8 bits': (bytes) => facts(bytes, 23, 5, 7),
    '6 channels': (bytes) => facts(bytes, 20, 3, 5),
    '8 kHz': (bytes) => facts(bytes, 0, 20, 8000),
    'no rate': (bytes) => facts(bytes, 0, 20, 0),
    'blocks of 16': (bytes) => bytes.writeUInt32BE(0x0010_0010, STREAM_INFO),
    'blocks of 65535': (bytes) => bytes.writeUInt32BE(0xffff_ffff, STREAM_INFO),
  };

  it.each(Object.keys(wrong))('%s', async (name) => {
    const bytes = await whole('flac', MONO);
    wrong[name]!(bytes);
    const sound = await process(bytes, `${name}.flac`);
    expect([sound.status, sound.damaged]).toEqual(['ready', null]);
    expect(sound.durationS).toBeCloseTo(8, 3);
    const probed = await probe.probe(file(`${name}.flac`));
    expect(probed).toMatchObject({ sampleRateHz: 44_100, channels: 1, bitsPerSample: 16 });
    expect(probed.durationS).toBeCloseTo(8, 3);
  });

  it('also where foreign bytes follow', async () => {
    const bytes = await whole('flac', MONO);
    facts(bytes, 23, 5, 23);
    const sound = await process(Buffer.concat([bytes, rubbish(5000)]), 'behind.flac');
    expect([sound.status, Math.round(sound.durationS ?? 0)]).toEqual(['ready', 8]);
  });
});
