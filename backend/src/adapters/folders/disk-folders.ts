import { constants } from 'node:fs';
import { open, readdir, realpath, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { DomainError } from '../../domain/errors.js';
import { isHidden } from '../../domain/folders/audio-names.js';
import type { FolderDisk } from '../../domain/folders/folders.ports.js';
import type { Listing } from '../../domain/folders/folders.types.js';
import { FolderWalk } from './folder-walk.js';
import { codeOf, isInside, LEADS_OUT } from './paths.js';
import { because, inEnglish, type Reason } from '../../domain/reasons.js';

/** The folders under `roots`. What a path really is, after all links, decides whether it is allowed. */
export class DiskFolders implements FolderDisk {
  readonly roots: readonly string[];

  constructor(options: { roots: readonly string[] }) {
    this.roots = options.roots;
  }

  async resolve(given: string): Promise<string> {
    if (this.roots.length === 0) {
      throw refused(because('folder_import_off'));
    }
    if (!path.isAbsolute(given)) throw refused(because('folder_path_relative'));
    const wanted = path.resolve(given);
    const roots = await this.realRoots();
    const notAllowed = refused(because('folder_not_allowed'));
    // Whether something exists elsewhere on the disk is nobody's business either.
    if (![...this.roots, ...roots].some((root) => isInside(root, wanted))) throw notAllowed;
    const real = await realpath(wanted).catch(() => null);
    if (real === null) throw refused(because('folder_missing'));
    if (!roots.some((root) => isInside(root, real))) throw notAllowed;
    const found = await stat(real).catch(() => null);
    if (!found?.isDirectory()) throw refused(because('folder_is_file'));
    return real;
  }

  async subfolders(given: string): Promise<{ name: string; path: string }[]> {
    const folder = await this.resolve(given);
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => {
      throw refused(because('folder_not_readable'));
    });
    return entries
      .filter((entry) => entry.isDirectory() && !isHidden(entry.name))
      .map(({ name }) => ({ name, path: path.join(folder, name) }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  async list(folder: string, options: Parameters<FolderDisk['list']>[1]): Promise<Listing> {
    return new FolderWalk(folder, await this.realRoots(), options).run();
  }

  async open(folder: string, file: string, signal: AbortSignal): Promise<Readable> {
    const roots = await this.realRoots();
    const real = await realpath(path.join(folder, file)).catch(openError);
    if (!roots.some((root) => isInside(root, real))) throw refused(LEADS_OUT);
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(openError);
    // What was opened must still be what was checked.
    const [opened, again] = [await handle.stat(), await realpath(real).catch(() => null)];
    if (again === real && opened.isFile()) {
      const bytes = Readable.from(wholeFile(handle, opened, signal));
      return bytes.once('close', () => void handle.close());
    }
    await handle.close();
    throw refused(LEADS_OUT);
  }

  private async realRoots(): Promise<string[]> {
    const found = await Promise.all(this.roots.map((root) => realpath(root).catch(() => null)));
    return found.filter((root) => root !== null);
  }
}

/** @throws DomainError `not_ready` at the end when the file changed meanwhile, `cancelled` */
async function* wholeFile(
  handle: FileHandle,
  before: { size: number; mtimeMs: number },
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for await (const chunk of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
    if (signal.aborted) throw new DomainError('cancelled', 'The scan was cancelled.');
    yield chunk;
  }
  const after = await handle.stat();
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
    throw new DomainError('not_ready', 'The file is still being written.');
  }
}

const refused = (reason: Reason): DomainError =>
  new DomainError('invalid_input', reason, { fields: [{ path: 'path', message: inEnglish([reason]) }] });

function openError(error: unknown): never {
  const code = codeOf(error);
  if (code === 'ENOENT') throw new DomainError('not_found', 'The file is gone.');
  if (code === 'ELOOP') throw refused(LEADS_OUT);
  if (code === 'EACCES' || code === 'EPERM') {
    throw new DomainError('unreadable_media', because('file_not_readable'));
  }
  throw error;
}
