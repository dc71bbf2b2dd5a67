import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { SYSTEM, type Actor } from '../../domain/accounts/actor.js';
import type { BinService } from '../../domain/library/bin.service.js';
import type { LibraryService } from '../../domain/library/library.service.js';
import type { Sound } from '../../domain/library/library.types.js';
import { toSound } from '../present.js';
import { csvHead, csvLine, SOUND_COLUMNS } from './csv.js';

type Listing = Pick<LibraryService, 'list'>;

const PAGE = 200;
const ZIP64_FROM_BYTES = 0xf000_0000;

/** Every sound, oldest first, a page at a time: other requests are answered in between. */
async function* everyPage(actor: Actor, library: Listing): AsyncGenerator<Sound[]> {
  let cursor: string | undefined;
  do {
    const page = await library.list(actor, { filters: {}, sort: 'added', order: 'asc', limit: PAGE, cursor });
    yield page.items;
    cursor = page.nextCursor ?? undefined;
    await new Promise((resolve) => setImmediate(resolve));
  } while (cursor !== undefined);
}

/** The whole library's metadata as a table, streamed. */
export async function* libraryCsv(actor: Actor, library: Listing): AsyncGenerator<Buffer> {
  yield Buffer.from(csvHead(SOUND_COLUMNS));
  for await (const sounds of everyPage(actor, library))
    yield Buffer.from(sounds.map((sound) => csvLine({ sound }, SOUND_COLUMNS)).join(''));
}

/** The whole library's metadata as `{"items": […]}`, streamed. */
export async function* libraryJson(actor: Actor, library: Listing): AsyncGenerator<Buffer> {
  let between = '{"items":[\n';
  for await (const sounds of everyPage(actor, library)) {
    if (sounds.length === 0) continue;
    yield Buffer.from(between + sounds.map((sound) => JSON.stringify(toSound(sound))).join(',\n'));
    between = ',\n';
  }
  yield Buffer.from(between === ',\n' ? '\n]}\n' : '{"items":[]}\n');
}

/**
 * A ZIP that is a data directory: the copy of the database, then every audio file (of the bin too) under its content's
 * name, as they are.
 * Streamed; one file is open at a time. A sound whose file is missing is left out. Whosever they are: it is for admins.
 */
export async function backupArchive(
  database: { sizeBytes: number; createdAt: string; read(): Readable },
  library: Listing & Pick<LibraryService, 'file'>,
  bin: Pick<BinService, 'list' | 'read'>,
): Promise<Readable> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on('error', (error: Error) => output.destroy(error));
  let reading: Readable | undefined;
  const add = (name: string, facts: { sizeBytes: number; createdAt: string }, open: () => Promise<Readable>): void => {
    const options = {
      compress: false,
      mtime: new Date(facts.createdAt),
      forceZip64Format: facts.sizeBytes > ZIP64_FROM_BYTES,
    };
    zip.addReadStreamLazy(name, options, (callback) => {
      open().then(
        (stream) => {
          reading = stream;
          reading.once('error', (error) => output.destroy(error));
          callback(null, reading);
        },
        (error: unknown) => callback(error, undefined as never),
      );
    });
  };
  add('traum.db', database, () => Promise.resolve(database.read()));
  for await (const sounds of everyPage(SYSTEM, library)) {
    for (const sound of sounds) {
      const { sha256, id } = sound;
      add(`audio/${sha256.slice(0, 2)}/${sha256}`, sound, () =>
        library.file(SYSTEM, id).then(
          (file) => file.read(),
          () => Readable.from([]),
        ),
      );
    }
  }
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Awaited<ReturnType<BinService['list']>> = await bin.list(SYSTEM, { limit: PAGE, cursor });
    for (const { sound } of page.items) {
      const { sha256 } = sound;
      add(`audio/${sha256.slice(0, 2)}/${sha256}`, sound, () =>
        bin.read(SYSTEM, sha256).catch(() => Readable.from([])),
      );
    }
    cursor = page.nextCursor;
  }
  output.once('close', () => reading?.destroy());
  zip.end();
  return output;
}
