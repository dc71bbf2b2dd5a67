import { ReadableStream } from 'node:stream/web';
import type { Context } from 'hono';
import type { DecodedFile, SoundFile } from '../../domain/library/library.service.js';
import type { FlacEncoder } from '../../domain/library/library.ports.js';
import type { AppEnv } from '../deps.js';
import { HttpProblem } from '../problem.js';
import { contentTypeOf } from './content-type.js';
import { contentDisposition } from './disposition.js';
import { parseRange } from './range.js';

/** How bytes are handed out otherwise than to those of the house. */
interface Outside {
  /** How long a copy may be used unasked. */
  cache: string;
  /** Tells what this is from other versions of it; null: the hash of the file does. */
  mark: string | null;
  /** Null: the file's own. */
  filename: string | null;
}

/**
 * Answers with the bytes of a sound: all of them, or the range asked for.
 * @throws HttpProblem 416 when the range lies outside the file; DomainError of the file
 */
export async function serveSound(
  c: Context<AppEnv>,
  file: SoundFile | DecodedFile,
  kind: 'inline' | 'attachment',
  outside?: Outside,
): Promise<Response> {
  const { sound, sizeBytes: size, form } = file;
  const part = form === 'wav' ? file.part : '';
  const decoded = form === 'wav';
  const etag = `"${outside?.mark ?? `${sound.sha256}${decoded ? `-${file.mark}` : ''}${part && `-${part}`}`}"`;
  const filename = decoded ? decodedName(sound.filename, part, 'wav') : sound.filename;
  const headers = {
    'accept-ranges': 'bytes',
    'cache-control': outside?.cache ?? 'private, max-age=3600',
    'content-disposition': contentDisposition(kind, outside?.filename ?? filename),
    'content-type': decoded ? 'audio/wav' : contentTypeOf(sound),
    etag,
  };
  if (matches(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers);

  // Where the storage itself answers, nobody could take the link back.
  const link =
    form === 'original' && kind === 'attachment' && !outside
      ? await file.link({ disposition: headers['content-disposition'], type: headers['content-type'] })
      : null;
  if (link) return c.body(null, 302, { location: link, 'cache-control': 'no-store' });

  const condition = c.req.header('if-range');
  const range = condition === undefined || condition === etag ? parseRange(c.req.header('range'), size) : null;
  if (range === 'unsatisfiable') {
    throw new HttpProblem('range_not_satisfiable', `The range lies outside this file, which has ${size} bytes.`, {
      headers: { 'content-range': `bytes */${size}`, 'accept-ranges': 'bytes' },
    });
  }
  const length = range ? range.end - range.start + 1 : size;
  const partly = range ? { 'content-range': `bytes ${range.start}-${range.end}/${size}` } : {};
  // For HEAD nothing is opened: a stream that nobody reads would hold its file open.
  const status = range ? 206 : 200;
  const all = { ...headers, ...partly, 'content-length': String(length) };
  if (c.req.method === 'HEAD') return c.body(null, status, all);
  return c.body(toWeb(await file.read(range ?? undefined, c.req.raw.signal)), status, all);
}

/** Answers with a decoded sound as FLAC, to be saved. How large it will be is not known before. */
export async function serveFlac(c: Context<AppEnv>, file: DecodedFile, flac: FlacEncoder): Promise<Response> {
  const { sound, part, frames } = file;
  const headers = {
    'cache-control': 'private, max-age=3600',
    'content-disposition': contentDisposition('attachment', decodedName(sound.filename, part, 'flac')),
    'content-type': 'audio/flac',
  };
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  const { signal } = c.req.raw;
  const wav = await file.read(undefined, signal);
  return c.body(toWeb(flac.encode(wav, frames, signal)), 200, headers);
}

/** `Night walk.flac` as `Night walk 3.2-5 s.wav`; whole, with its own ending: it is not that file. */
const decodedName = (filename: string, part: string, ending: 'wav' | 'flac'): string =>
  part === '' ? `${filename}.${ending}` : `${filename.replace(/\.[a-z0-9]{1,8}$/i, '')} ${part} s.${ending}`;

/** A web stream over a Node stream (or any iterable of chunks); cancelling it destroys the source. */
export const toWeb = (source: AsyncIterable<Uint8Array>): globalThis.ReadableStream<Uint8Array> =>
  ReadableStream.from<Uint8Array>(source);

const matches = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  header.split(',').some((candidate) => candidate.trim() === '*' || candidate.trim().replace(/^W\//, '') === etag);
