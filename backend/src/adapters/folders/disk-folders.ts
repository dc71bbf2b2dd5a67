import { constants, existsSync, type Stats } from 'node:fs';
import { open, readdir, realpath, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { DomainError } from '../../domain/errors.js';
import { isHidden } from '../../domain/folders/audio-names.js';
import type { FolderDisk } from '../../domain/folders/folders.ports.js';
import type { Listing } from '../../domain/folders/folders.types.js';
import type { FileStamp } from '../../domain/library/placed.ports.js';
import { HashThread } from '../hash-thread.js';
import { FolderWalk } from './folder-walk.js';
import { codeOf, isInside, LEADS_OUT, OUT_OF_FOLDER } from './paths.js';
import { because, inEnglish, type Reason } from '../../domain/reasons.js';

/** The folders under `roots`. What a path really is, after all links, decides whether it is allowed. */
export class DiskFolders implements FolderDisk {
  readonly roots: readonly string[];
  private readonly hashing = new HashThread();

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
    if (!options.inPlace) return new FolderWalk(folder, await this.realRoots(), options).run();
    const real = await this.realFolder(folder);
    return new FolderWalk(folder, real === null ? [] : [real], options, OUT_OF_FOLDER).run();
  }

  async open(folder: string, file: string, signal: AbortSignal): Promise<Readable> {
    const { handle, stamp } = await this.openWithin(await this.realRoots(), folder, file, LEADS_OUT);
    const bytes = Readable.from(wholeFile(handle, stamp, signal));
    return bytes.once('close', () => void handle.close());
  }

  async isThere(folder: string): Promise<boolean> {
    const real = await this.realFolder(folder);
    if (real === null) return false;
    const entries = await readdir(real).catch((): string[] => []);
    return entries.some((name) => !isHidden(name));
  }

  async stamp(folder: string, file: string): Promise<FileStamp | null> {
    try {
      const { handle, stamp } = await this.openFile(folder, file);
      await handle.close();
      return stamp;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'not_found') return null;
      throw error;
    }
  }

  async hash(folder: string, file: string, signal: AbortSignal): Promise<FileStamp & { sha256: string }> {
    const { handle, stamp, name } = await this.openFile(folder, file);
    try {
      const sha256 = await this.hashing.hash(name, signal).catch((error: unknown) => {
        throw signal.aborted ? new DomainError('cancelled', 'The scan was cancelled.') : error;
      });
      if (sha256 === null) throw new DomainError('unreadable_media', because('file_not_readable'));
      const after = stampOf(await handle.stat());
      if (!isSame(stamp, after)) throw new DomainError('not_ready', 'The file is still being written.');
      return { ...stamp, sha256 };
    } finally {
      await handle.close();
    }
  }

  /**
   * Opens a file of a folder that stays in place, if it lies there after all links, and is no device.
   * @throws DomainError as {@link open}
   */
  async openFile(folder: string, file: string): Promise<OpenFile> {
    const real = await this.realFolder(folder);
    if (real === null) throw new DomainError('not_found', because('folder_gone'));
    return this.openWithin([real], folder, file, OUT_OF_FOLDER);
  }

  private async openWithin(
    roots: readonly string[],
    folder: string,
    file: string,
    leadsOut: Reason,
  ): Promise<OpenFile> {
    const real = await realpath(path.join(folder, file)).catch(openError);
    if (!roots.some((root) => isInside(root, real))) throw refused(leadsOut);
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(openError);
    // What was opened must still be what was checked.
    const [opened, again] = [await handle.stat(), await realpath(real).catch(() => null)];
    if (again === real && opened.isFile()) return { handle, stamp: stampOf(opened), name: nameOfOpen(handle, real) };
    await handle.close();
    throw refused(leadsOut);
  }

  /** Without links; null when it is not there, or no longer allowed. */
  private async realFolder(folder: string): Promise<string | null> {
    const real = await realpath(folder).catch(() => null);
    return real !== null && (await this.realRoots()).some((root) => isInside(root, real)) ? real : null;
  }

  close(): Promise<void> {
    return this.hashing.close();
  }

  private async realRoots(): Promise<string[]> {
    const found = await Promise.all(this.roots.map((root) => realpath(root).catch(() => null)));
    return found.filter((root) => root !== null);
  }
}

/** A file that is open for reading; to be closed by whoever asked. */
export interface OpenFile {
  handle: FileHandle;
  stamp: FileStamp;
  /** As which programs of this machine read just this file, whatever lies at its path by then. */
  name: string;
}

export const stampOf = (found: Stats): FileStamp => ({
  sizeBytes: found.size,
  modifiedMs: found.mtimeMs,
  changedMs: found.ctimeMs,
});

export const isSame = (a: FileStamp, b: FileStamp): boolean =>
  a.sizeBytes === b.sizeBytes && a.modifiedMs === b.modifiedMs && a.changedMs === b.changedMs;

/** Where the system has no such names, the path: what is put there meanwhile is read instead. */
function nameOfOpen({ fd }: FileHandle, real: string): string {
  const name = `/proc/${process.pid}/fd/${fd}`;
  return existsSync(name) ? name : real;
}

/** @throws DomainError `not_ready` at the end when the file changed meanwhile, `cancelled` */
async function* wholeFile(handle: FileHandle, before: FileStamp, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
    if (signal.aborted) throw new DomainError('cancelled', 'The scan was cancelled.');
    yield chunk;
  }
  const after = stampOf(await handle.stat());
  if (after.sizeBytes !== before.sizeBytes || after.modifiedMs !== before.modifiedMs) {
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
