import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FfmpegFlacEncoder } from '../../src/audio/flac-encoder.js';
import { isMp3WithoutChapters } from '../../src/audio/tags/id3-chapters.js';
import { FileTagReader } from '../../src/audio/tags/tag-reader.js';
import { SqlMarkerRepository, storageOver } from '../../src/adapters/sql/index.js';
import { depthInFlac, DRAWN } from '../../src/domain/library/pcm-format.js';
import { frameBytesOf, wavBytes, wavSize, type PcmFormat } from '../../src/domain/library/wav.js';
import { firstAttempt, lastAttempt, Pipeline } from './ingest-pipeline.js';
import { silentLog, temporaryFolder } from './ingest-fixtures.js';

const run = promisify(execFile);
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

const CHAPTERS = `;FFMETADATA1
[CHAPTER]
TIMEBASE=1/1000
START=0
END=4500
title=Welcome
[CHAPTER]
TIMEBASE=1/1000
START=4500
END=12000
title=The lighthouse
`;

/** As comments of Ogg and FLAC have them. */
const COMMENTS = [
  ['CHAPTER000=00:00:00.000', 'CHAPTER000NAME=Welcome'],
  ['CHAPTER001=00:00:04.500', 'CHAPTER001NAME=The lighthouse'],
].flatMap((pair) => pair.flatMap((each) => ['-metadata', each]));

async function podcast(ending: string, codec: readonly string[]): Promise<string> {
  const [list, file] = [path.join(folder.path, 'chapters.txt'), path.join(folder.path, `podcast.${ending}`)];
  await writeFile(list, CHAPTERS);
  const tone = ['-f', 'lavfi', '-i', 'sine=440:duration=12', '-i', list, '-map', '0:a', '-map_chapters', '1'];
  await run('ffmpeg', ['-v', 'error', ...tone, ...codec, file]);
  return file;
}

describe('chapters of files', () => {
  it.each([
    ['m4b', ['-c:a', 'aac', '-f', 'ipod']],
    ['mp3', ['-c:a', 'libmp3lame']],
    ['mka', ['-c:a', 'libopus']],
    ['ogg', ['-c:a', 'libvorbis', ...COMMENTS]],
  ])('are read: %s', async (ending, codec) => {
    const found = await new FileTagReader().chapters(await podcast(ending, codec));
    expect(found.map(({ title }) => title)).toEqual(['Welcome', 'The lighthouse']);
    expect(found[1]!.startS).toBeCloseTo(4.5, 1);
    expect(found[1]!.endS).toBeGreaterThan(11);
  });

  it('are told without a process to be none of an MP3 whose tags have none', async () => {
    const file = path.join(folder.path, 'song.mp3');
    const make = (...options: string[]) =>
      run('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'sine=440:duration=2', ...options, file]);
    await make('-c:a', 'libmp3lame', '-metadata', 'title=Chapel');
    expect(await isMp3WithoutChapters(file)).toBe(true);
    await make('-c:a', 'libmp3lame', '-id3v2_version', '0', '-write_xing', '0');
    expect(await isMp3WithoutChapters(file)).toBe(true);
    // A tag that goes on behind the end of the file, or another format behind it.
    await writeFile(file, Buffer.from('ID3\x04\0\0\0\0\x7f\x7f and no more', 'latin1'));
    expect(await isMp3WithoutChapters(file)).toBe(false);
    await make('-c:a', 'aac', '-f', 'adts', '-write_id3v2', '1', '-metadata', 'title=AAC');
    expect(await isMp3WithoutChapters(file)).toBe(false);
    expect(await isMp3WithoutChapters(await podcast('mp3', ['-c:a', 'libmp3lame', '-y']))).toBe(false);
  });

  it('are none of what is no such file', async () => {
    const file = path.join(folder.path, 'broken.m4b');
    await writeFile(file, 'no sound at all');
    expect(await new FileTagReader().chapters(file)).toEqual([]);
  });

  it('are not taken for none by a machine that is too busy', async () => {
    const file = await podcast('m4b', ['-c:a', 'aac', '-f', 'ipod']);
    const late = new FileTagReader({ patienceMs: [1, 60_000] });
    expect((await late.chapters(file)).map(({ title }) => title)).toEqual(['Welcome', 'The lighthouse']);
    const never = new FileTagReader({ patienceMs: [1, 1] });
    await expect(never.chapters(file)).rejects.toMatchObject({ code: 'not_ready', transient: true });
    // A format whose tags are read by ffprobe.
    const caf = path.join(folder.path, 'tagged.caf');
    await run('ffmpeg', ['-v', 'error', '-i', file, '-c:a', 'pcm_s16le', '-metadata', 'title=Harbour', caf]);
    await expect(never.read(caf)).rejects.toMatchObject({ code: 'not_ready', transient: true });
    expect((await late.read(caf)).title).toBe('Harbour');
  });

  it('are read by the next attempt, and after the last one the sound is there without them and the log says so', async () => {
    const pipeline = new Pipeline(folder.path);
    const warnings: string[] = [];
    const logger = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) };
    try {
      const job = await pipeline.accept(await podcast('m4b', ['-c:a', 'aac', '-f', 'ipod']));
      const busy = pipeline.processing({ tags: new FileTagReader({ patienceMs: [1, 1] }), logger });
      await expect(busy.run(job.id, firstAttempt())).rejects.toMatchObject({ code: 'not_ready' });
      expect(await pipeline.jobs.get(job.id)).toMatchObject({ state: 'queued' });
      expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('completed');
      const markers = new SqlMarkerRepository(storageOver(pipeline.db));
      expect(await markers.of(job.soundId)).toHaveLength(2);
      warnings.length = 0;
      const again = (await pipeline.jobs.restart(job.soundId))!;
      expect(await busy.run(again.id, lastAttempt())).toBe('completed');
      expect(warnings.join()).toContain('chapters could not be read in time');
    } finally {
      pipeline.close();
    }
  });

  it('become markers that stay as they are in the file, also when it is read again', async () => {
    const pipeline = new Pipeline(folder.path);
    try {
      const job = await pipeline.accept(await podcast('m4b', ['-c:a', 'aac', '-f', 'ipod']));
      expect(await pipeline.processing().run(job.id, firstAttempt())).toBe('completed');
      const markers = new SqlMarkerRepository(storageOver(pipeline.db));
      const chapters = await markers.of(job.soundId);
      expect(chapters).toMatchObject([
        { source: 'file', text: 'Welcome', startS: 0 },
        { source: 'file', text: 'The lighthouse' },
      ]);
      expect(await markers.change(job.soundId, chapters[0]!.id, { text: 'Mine' })).toBeNull();
      expect(await markers.delete(job.soundId, chapters[0]!.id)).toBe(false);
      await markers.add(job.soundId, [{ id: 'own', startS: 1, endS: null, text: 'Mine', colour: null }], 9);
      const again = (await pipeline.jobs.restart(job.soundId))!;
      await pipeline.processing().run(again.id, firstAttempt());
      expect((await markers.of(job.soundId)).map(({ text }) => text)).toEqual(['Welcome', 'Mine', 'The lighthouse']);
    } finally {
      pipeline.close();
    }
  });
});

describe('FLAC of a part', () => {
  it.each<PcmFormat>([
    { channels: 1, rateHz: 44_100, bits: 16 },
    { channels: 2, rateHz: 96_000, bits: 24 },
  ])('is the same sound without loss, and says its length: $channels × $bits bits', async (format) => {
    const { channels, rateHz, bits } = format;
    const [samples, bytes] = [rateHz * 2, bits / 8];
    const pcm = Buffer.alloc(samples * frameBytesOf(format));
    for (let at = 0; at < samples * channels; at++) {
      pcm.writeIntLE(Math.round(0.4 * 2 ** (bits - 1) * Math.sin(at / (20 + 7 * (at % channels)))), bytes * at, bytes);
    }
    const whole = { format, frames: samples };
    const size = wavSize(whole);
    const wav = wavBytes([pcm], whole, { start: 0, end: size - 1 });
    const encoded = new FfmpegFlacEncoder().encode(wav, samples, new AbortController().signal);
    const file = path.join(folder.path, 'part.flac');
    await writeFile(file, await buffer(Readable.from(encoded)));
    const head = await readFile(file);
    expect([head.length < size * 0.9, depthInFlac(head)]).toEqual([true, bits]);
    const { stdout } = await run('ffprobe', [
      '-v',
      'error',
      '-show_entries',
      'format=duration',
      '-of',
      'csv=p=0',
      file,
    ]);
    expect(Number(stdout)).toBe(2);
    const decoded = await run(
      'ffmpeg',
      ['-v', 'error', '-i', file, '-f', `s${bits}le`, '-c:a', `pcm_s${bits}le`, '-'],
      {
        encoding: 'buffer',
        maxBuffer: 1e7,
      },
    );
    expect(decoded.stdout.equals(pcm)).toBe(true);
  });

  it('ends with whoever reads it', async () => {
    const leaving = new AbortController();
    async function* endless() {
      const hour = { format: DRAWN, frames: 3600 * 44_100 };
      for await (const chunk of wavBytes([], hour, { start: 0, end: wavSize(hour) - 1 })) yield chunk;
    }
    const source = endless();
    const encoded = new FfmpegFlacEncoder().encode(source, 44_100 * 3600, leaving.signal);
    await encoded.next();
    leaving.abort();
    await encoded.return(undefined).catch(() => undefined);
    expect(await source.next()).toMatchObject({ done: true });
  });
});
