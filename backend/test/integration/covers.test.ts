import { readFile, readdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FfmpegCoverMaker } from '../../src/audio/covers/ffmpeg-cover-maker.js';
import { pictureHeader } from '../../src/audio/covers/picture-header.js';
import { MediaPrograms } from '../../src/audio/media-process.js';
import { FileTagReader } from '../../src/audio/tags/tag-reader.js';
import { COVER_ID } from '../../src/domain/library/covers.ports.js';
import { ffmpeg, temporaryFolder, tone } from './ingest-fixtures.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const file = (name: string): string => path.join(folder.path, name);
const reader = new FileTagReader();

/** A picture of some colours, in whatever format the name asks for. */
async function picture(name: string, size: string, ...options: string[]): Promise<string> {
  await ffmpeg('-f', 'lavfi', '-i', `testsrc=size=${size}:rate=1`, '-frames:v', '1', ...options, file(name));
  return file(name);
}

async function tagged(name: string, cover: string, ...options: string[]): Promise<string> {
  const bare = await tone(file(`bare-${name}.wav`), 1);
  const maps = ['-map', '0:a', '-map', '1:v', '-c:v', 'copy', '-disposition:v', 'attached_pic'];
  await ffmpeg('-i', bare, '-i', cover, ...maps, ...options, file(name));
  return file(name);
}

beforeAll(async () => void (folder = await temporaryFolder()));
afterAll(() => folder.remove());

/** A PNG that says it has this many pixels, and has rows of nothing for as many as there are bytes. */
function png(width: number, height: number, rows: Buffer): Buffer {
  const chunk = (name: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    crc.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, crc]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 6], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

describe('the picture in a file', () => {
  it.each(['mp3', 'flac', 'm4a'])('is read and made small: %s', async (format) => {
    const cover = await picture(`cover-${format}.png`, '1200x900');
    const tags = ['-metadata', 'album=Rain', '-metadata', 'album_artist=Ann', '-metadata', 'track=3/9'];
    const read = await reader.read(await tagged(`tone.${format}`, cover, ...tags, '-metadata', 'disc=2'));
    expect(read).toMatchObject({ album: 'Rain', albumArtist: 'Ann', track: 3, disc: 2 });
    expect(read.picture).toEqual(new Uint8Array(await readFile(cover)));
    const made = await new FfmpegCoverMaker().make(read.picture!);
    expect(made?.id).toMatch(COVER_ID);
    expect(pictureHeader(made!.small)).toEqual({ type: 'jpeg', width: 96, height: 96 });
    expect(pictureHeader(made!.large)).toEqual({ type: 'jpeg', width: 400, height: 400 });
    expect(made!.large.length).toBeLessThan(100_000);
  });

  it('is not there in most files', async () => {
    expect((await reader.read(await tone(file('none.mp3'), 1))).picture).toBeNull();
  });

  it('does not take the words along when it is larger than what is read at once', async () => {
    const large = file('large.jpg');
    const small = await readFile(await picture('small.jpg', '64x64'));
    await writeFile(large, Buffer.concat([small, Buffer.alloc(17 * 1024 * 1024)]));
    const read = await reader.read(await tagged('large.flac', large, '-metadata', 'title=Rain'));
    expect(read).toMatchObject({ title: 'Rain', picture: null });
  });
});

describe('a picture is made small', () => {
  it.each([
    ['JPEG', 'a.jpg', []],
    ['PNG', 'a.png', []],
    ['PNG that can be seen through', 'b.png', ['-pix_fmt', 'rgba']],
    ['GIF', 'a.gif', []],
    ['WebP', 'a.webp', ['-c:v', 'libwebp']],
  ])('%s', async (_, name, options) => {
    const bytes = await readFile(await picture(name, '500x300', ...options));
    expect(pictureHeader(bytes)).toMatchObject({ width: 500, height: 300 });
    const made = await new FfmpegCoverMaker().make(bytes);
    expect(pictureHeader(made!.large)).toEqual({ type: 'jpeg', width: 300, height: 300 });
    expect(pictureHeader(made!.small)).toEqual({ type: 'jpeg', width: 96, height: 96 });
  });

  it('a tiny one is not made larger', async () => {
    const made = await new FfmpegCoverMaker().make(await readFile(await picture('tiny.png', '32x20')));
    expect(pictureHeader(made!.large)).toMatchObject({ width: 20, height: 20 });
  });

  it('one of a single line is made small too', async () => {
    const made = await new FfmpegCoverMaker().make(await readFile(await picture('line.png', '9000x2')));
    expect(pictureHeader(made!.large)).toMatchObject({ width: 2, height: 2 });
  });

  it('once for all files that have it', async () => {
    let starts = 0;
    class Counted extends MediaPrograms {
      override start(...args: Parameters<MediaPrograms['start']>): ReturnType<MediaPrograms['start']> {
        starts++;
        return super.start(...args);
      }
    }
    const maker = new FfmpegCoverMaker({ programs: new Counted() });
    const bytes = await readFile(await picture('often.png', '300x300'));
    const made = await Promise.all(Array.from({ length: 50 }, () => maker.make(bytes)));
    expect(new Set(made.map((each) => each?.id)).size).toBe(1);
    expect(starts).toBe(1);
  });
});

describe('what is no cover', () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  const cases: Record<string, () => Promise<Buffer> | Buffer> = {
    'SVG with a script': () => svg,
    'HTML that calls itself a picture': () => Buffer.from('<html>'.repeat(1000)),
    nothing: () => Buffer.alloc(0),
    'a playlist': () => Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n'),
    'a JPEG with nothing behind its head': () => Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
    'a small PNG of two gigabytes': () => png(23_000, 23_000, Buffer.alloc(100_000)),
    'a PNG of many pixels and few bytes': () => png(4_800, 4_800, Buffer.alloc(10_000)),
    'a PNG whose sides do not fit into a number': () => png(0xffff_ffff, 1, Buffer.alloc(8)),
    'a PNG without an area': () => png(0, 100, Buffer.alloc(8)),
    'a JPEG cut off in its head': async () => (await readFile(await picture('cut.jpg', '640x480'))).subarray(0, 300),
    'noise behind the head of a PNG': () => Buffer.concat([png(300, 300, Buffer.alloc(4)).subarray(0, 40), svg]),
  };
  it.each(Object.keys(cases))('%s', async (name) => {
    expect(await new FfmpegCoverMaker().make(await cases[name]!())).toBeNull();
  });

  it('takes no longer than it may, and leaves nothing behind', async () => {
    const before = (await readdir(os.tmpdir())).filter((name) => name.startsWith('traum-cover-'));
    const bytes = await readFile(await picture('slow.png', '4000x4000'));
    expect(await new FfmpegCoverMaker({ timeoutMs: 1 }).make(bytes)).toBeNull();
    const after = (await readdir(os.tmpdir())).filter((name) => name.startsWith('traum-cover-'));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });
});
