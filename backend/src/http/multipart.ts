import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import busboy from 'busboy';
import type { Context } from 'hono';
import { safeFilename } from '../domain/library/filename.js';
import { folderOf } from '../domain/library/origins.js';
import type { AppEnv } from './deps.js';
import { HttpProblem } from './problem.js';
import { because } from '../domain/reasons.js';

const MAX_FIELD_BYTES = 1024 * 1024;
/** More than arrives at once: in one piece may be a field and much besides. */
const MAX_CHUNK_BYTES = 256 * 1024;

export interface MultipartHandlers {
  /** Form field whose files are wanted; others are skipped. */
  fileField: string;
  maxFiles: number;
  /** Must read `source` to its end or give up; called for one file after the other. */
  onFile: (filename: string, source: Readable, folder: string) => Promise<void>;
  onField?: (name: string, value: string) => void;
}

/**
 * Streams a multipart body part by part; nothing is buffered beyond a chunk, and reading waits while a file is handled.
 * @throws HttpProblem 415 when the body is not multipart, 400 when it is malformed or cut short, 413 with a field that is too
 *   long, 422 with too many files;
 *   whatever `onFile` throws
 */
export async function readMultipart(c: Context<AppEnv>, handlers: MultipartHandlers): Promise<void> {
  const parser = parserFor(c.req.header('content-type'), handlers.maxFiles);
  const files = new FilesInOrder(handlers.onFile);
  let tooMany = false;
  const quiet = new Quiet();
  parser.on('file', (field, stream, { filename }) => {
    stream.on('data', () => quiet.over());
    if (field === handlers.fileField && filename !== undefined) {
      const path = fromForm(filename);
      files.add({ filename: safeFilename(path), folder: folderOf(path) }, stream);
    } else stream.resume();
  });
  parser.on('field', (name, value, { valueTruncated }) => {
    quiet.over();
    if (valueTruncated) files.fail(fieldTooLarge());
    else handlers.onField?.(name, value);
  });
  parser.on('filesLimit', () => (tooMany = true));
  parser.on('error', () => undefined);
  const closed = once(parser, 'close');
  closed.catch(() => undefined);
  try {
    if (c.req.raw.body)
      await pump(Readable.fromWeb(c.req.raw.body as ReadableStream<Uint8Array>), parser, files, quiet);
    parser.end();
    await closed;
    await files.settled();
  } catch (error) {
    if (error instanceof HttpProblem) files.fail(error);
    // Ends the part that is being received, so that whoever reads it gives up.
    parser.destroy();
    await files.settled().catch(() => undefined);
    if (files.failure) throw files.failure.reason;
    throw new HttpProblem(
      'malformed_request',
      error instanceof Error && error.message === MALFORMED_HEAD
        ? 'The head of a part of the body cannot be read: the name of its field or file may hold characters that are not allowed there, such as NUL.'
        : 'The body is not complete multipart data. It may have been cut off on the way.',
    );
  }
  if (tooMany) throw new HttpProblem('invalid_input', because('too_many_files', { most: handlers.maxFiles }));
}

/** What busboy says of it; the error has no code. */
const MALFORMED_HEAD = 'Malformed part header';

/** Browsers write these three in names of files, and no others, in this way (HTML, "multipart form data"): `%25` stays. */
const ESCAPED: Readonly<Record<string, string>> = { '%22': '"', '%0D': '\r', '%0A': '\n' };

const fromForm = (filename: string): string => filename.replace(/%(?:22|0D|0A)/g, (escape) => ESCAPED[escape]!);

const fieldTooLarge = (): HttpProblem =>
  new HttpProblem('too_large', because('form_field_too_large', { limitKB: MAX_FIELD_BYTES / 1024 }));

function parserFor(contentType: string | undefined, maxFiles: number): busboy.Busboy {
  if (!contentType?.toLowerCase().startsWith('multipart/form-data')) {
    throw new HttpProblem(
      'unsupported_content_type',
      'Send the files as multipart/form-data, as an HTML form or "curl -F" does.',
    );
  }
  try {
    return busboy({
      headers: { 'content-type': contentType },
      defParamCharset: 'utf8',
      preservePath: true,
      limits: { files: maxFiles, fields: 100, fieldSize: MAX_FIELD_BYTES },
    });
  } catch {
    throw new HttpProblem('malformed_request', 'The Content-Type of the request names no boundary.');
  }
}

async function pump(source: Readable, parser: busboy.Busboy, files: FilesInOrder, quiet: Quiet): Promise<void> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    quiet.passed(chunk.length);
    if (!parser.write(chunk)) await once(parser, 'drain');
    await files.caughtUp();
  }
}

/** What passes without being a file or the end of a field. The parser tells of a field when it is over, which may be never. */
class Quiet {
  #bytes = 0;

  /** @throws HttpProblem 413 */
  passed(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MAX_FIELD_BYTES + MAX_CHUNK_BYTES) throw fieldTooLarge();
  }

  over(): void {
    this.#bytes = 0;
  }
}

/** Handles files strictly one after the other, although the parser may announce the next while one is still handled. */
class FilesInOrder {
  /** The first failure; later files are skipped then. */
  failure: { reason: unknown } | undefined;
  readonly #handle: MultipartHandlers['onFile'];
  readonly #unfinished: Promise<void>[] = [];

  constructor(handle: MultipartHandlers['onFile']) {
    this.#handle = handle;
  }

  add({ filename, folder }: { filename: string; folder: string }, part: Readable): void {
    // Handlers get a stream of their own: one that gives up must not destroy the parser's.
    const source = new PassThrough();
    source.on('error', () => undefined);
    part.once('error', (error) => source.destroy(error));
    part.pipe(source);
    const before = this.#unfinished.at(-1) ?? Promise.resolve();
    const done = before.then(async () => {
      try {
        if (!this.failure) await this.#handle(filename, source, folder);
      } catch (reason) {
        this.fail(reason);
      }
      part.unpipe(source);
      part.resume();
      void this.#unfinished.shift();
    });
    this.#unfinished.push(done);
  }

  /** What comes after it is not read. */
  fail(reason: unknown): void {
    this.failure ??= { reason };
  }

  /** Waits while files before the one that is being received are not done, so that many small ones do not pile up. */
  async caughtUp(): Promise<void> {
    while (this.#unfinished.length > 1) await this.#unfinished[0];
    this.#throwFailure();
  }

  async settled(): Promise<void> {
    await Promise.all(this.#unfinished);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.failure) throw this.failure.reason;
  }
}
