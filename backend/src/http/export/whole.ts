import type { Readable } from 'node:stream';
import { SYSTEM, type Actor } from '../../domain/accounts/actor.js';
import type { BinService } from '../../domain/library/bin.service.js';
import type { LibraryService } from '../../domain/library/library.service.js';
import type { Sound } from '../../domain/library/library.types.js';
import { toSound } from '../present.js';
import { csvHead, csvLine, SOUND_COLUMNS } from './csv.js';
import { FilesZip } from './files-zip.js';

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
 * A ZIP that is a data directory: the copy of the database, then every audio file that the library keeps (of the bin too) under its
 * content's name, as they are. Streamed. Files that stay in imported folders are not in it, nor missing ones. Whosever they are: it is
 * for admins.
 */
export function backupArchive(
  actor: Actor,
  database: { sizeBytes: number; createdAt: string; read(): Readable },
  library: Listing & Pick<LibraryService, 'keptBytes'>,
  bin: Pick<BinService, 'list'>,
): Readable {
  return new FilesZip(async (zip) => {
    const add = (name: string, facts: { sizeBytes: number; createdAt: string }, file: Readable): Promise<void> =>
      zip.addFile(name, file, {
        mtime: new Date(facts.createdAt),
        forceZip64Format: facts.sizeBytes > ZIP64_FROM_BYTES,
      });
    await add('traum.db', database, database.read());
    const added = new Set<string>();
    for await (const sounds of everyKept(library, bin)) {
      for (const sound of sounds) {
        const { sha256 } = sound;
        if (added.has(sha256)) continue;
        added.add(sha256);
        const file = await library.keptBytes(actor, sha256);
        if (file) await add(`audio/${sha256.slice(0, 2)}/${sha256}`, sound, file);
      }
    }
  }).output;
}

/** Every sound, then those of the bin. */
async function* everyKept(library: Listing, bin: Pick<BinService, 'list'>): AsyncGenerator<Sound[]> {
  yield* everyPage(SYSTEM, library);
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Awaited<ReturnType<BinService['list']>> = await bin.list(SYSTEM, { limit: PAGE, cursor });
    yield page.items.map(({ sound }) => sound);
    cursor = page.nextCursor;
  }
}
