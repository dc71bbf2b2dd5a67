import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MAX_COVER_BYTES, type Cover, type CoverMaker } from '../../domain/library/covers.ports.js';
import { LruCache } from '../../domain/lru-cache.js';
import { inputUrl } from '../formats.js';
import { MediaPrograms } from '../media-process.js';
import { pictureHeader, type PictureHeader } from './picture-header.js';

const TIMEOUT_MS = 10_000;
/** What people put into files: 3000 × 3000 is large. What a header claims is known before anything is decoded. */
const MAX_PIXELS = 24_000_000;
const MAX_SIDE = 10_000;
/** A picture is decoded to four bytes a pixel or fewer, and is there twice while it is made small. */
const BYTES_PER_PIXEL = 8;
/** The program may hold twice as much as the file it reads has; see `MediaPrograms`. */
const DATA_PER_FILE_BYTE = 2;
/** Covers of the files before: those of one album come one after the other. */
const REMEMBERED = 64;

/** Which reader each type has: nothing is guessed from the bytes, and no other format can be opened. */
const READERS = {
  jpeg: { demuxer: 'jpeg_pipe', decoder: 'mjpeg' },
  png: { demuxer: 'png_pipe', decoder: 'png' },
  webp: { demuxer: 'webp_pipe', decoder: 'webp' },
  gif: { demuxer: 'gif', decoder: 'gif' },
} as const satisfies Record<PictureHeader['type'], { demuxer: string; decoder: string }>;

/**
 * The middle square, no larger than it is. Cut before it is scaled: a picture of one line would otherwise become a huge one on
 * the way.
 */
const SQUARE = "crop='min(iw,ih)':'min(iw,ih)'";
const scaled = (side: number): string => `scale='min(${side},iw)':-1:flags=area,format=yuvj420p`;

/** Makes covers with ffmpeg, in a process that may take little memory and time. */
export class FfmpegCoverMaker implements CoverMaker {
  private readonly programs: MediaPrograms;
  private readonly remembered = new LruCache<string, Promise<Cover | null>>(REMEMBERED);

  constructor(private readonly options: { timeoutMs?: number; programs?: MediaPrograms } = {}) {
    this.programs = options.programs ?? new MediaPrograms();
  }

  make(picture: Uint8Array): Promise<Cover | null> {
    const id = createHash('sha256').update(picture).digest('hex').slice(0, 32);
    const known = this.remembered.get(id);
    if (known) return known;
    const made = this.decode(id, picture).catch(() => null);
    this.remembered.set(id, made);
    return made;
  }

  private async decode(id: string, picture: Uint8Array): Promise<Cover | null> {
    const header = pictureHeader(picture);
    if (!header || header.width * header.height > MAX_PIXELS) return null;
    if (Math.max(header.width, header.height) > MAX_SIDE) return null;
    const folder = await mkdtemp(path.join(os.tmpdir(), 'traum-cover-'));
    try {
      const source = path.join(folder, 'picture');
      const [small, large] = [path.join(folder, 'small.jpg'), path.join(folder, 'large.jpg')];
      await writeFile(source, picture);
      if (!(await this.run(source, header, { small, large }))) return null;
      const cover = { id, small: await readFile(small), large: await readFile(large) };
      const fits = [cover.small, cover.large].every(({ length }) => length > 0 && length <= MAX_COVER_BYTES);
      return fits ? cover : null;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** @returns whether both were written */
  private async run(
    source: string,
    { type, width, height }: PictureHeader,
    { small, large }: { small: string; large: string },
  ): Promise<boolean> {
    const { demuxer, decoder } = READERS[type];
    const timeoutMs = this.options.timeoutMs ?? TIMEOUT_MS;
    const args = [
      ...['-v', 'error', '-nostdin', '-threads', '1', '-filter_complex_threads', '1'],
      ...['-protocol_whitelist', 'file', '-format_whitelist', demuxer, '-codec_whitelist', decoder],
      ...['-max_pixels', String(MAX_PIXELS), '-f', demuxer, '-i', inputUrl(source)],
      ...['-filter_complex', `[0:v:0]${SQUARE},split=2[a][b];[a]${scaled(400)}[large];[b]${scaled(96)}[small]`],
      ...target('large', large),
      ...target('small', small),
    ];
    const fileBytes = (width * height * BYTES_PER_PIXEL) / DATA_PER_FILE_BYTE;
    const process = await this.programs.start('ffmpeg', args, { cpuS: timeoutMs / 1000, fileBytes });
    const timer = setTimeout(() => process.kill(), timeoutMs);
    try {
      process.stdout.resume();
      return (await process.ended).code === 0;
    } finally {
      clearTimeout(timer);
    }
  }
}

const target = (stream: string, file: string): string[] => [
  ...['-map', `[${stream}]`, '-frames:v', '1', '-c:v', 'mjpeg', '-q:v', '3', '-map_metadata', '-1', '-bitexact'],
  ...['-f', 'image2', '-update', '1', '-y', inputUrl(file)],
];
