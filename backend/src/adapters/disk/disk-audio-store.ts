import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { DomainError } from '../../domain/errors.js';
import type { AudioStore, ByteRange, ReceivedFile } from '../../domain/library/library.ports.js';
import { because } from '../../domain/reasons.js';
import { freeBytesOf } from '../free-space.js';
import { missingFile, nameOf, Reception, storageError } from '../reception.js';

const TEMPORARY = 'tmp';

/**
 * Files under `directory`, named by their SHA-256 in folders of its first two digits (`ab/ab12…`). Uploads are written to `tmp/`,
 * flushed to the disk and renamed, so that a file with a hash name is always whole, even after a power cut.
 */
export class DiskAudioStore implements AudioStore {
  private readonly reception: Reception;

  constructor(private readonly options: { directory: string }) {
    this.reception = new Reception(path.join(options.directory, TEMPORARY));
  }

  receive(source: Readable, maxBytes: number): Promise<ReceivedFile> {
    return this.reception.receive(source, maxBytes, (file) => this.moveIntoPlace(file.path, this.pathOf(file.sha256)));
  }

  /** For what looks after these files; everybody else borrows them with {@link withLocalFile}. */
  pathOf(sha256: string): string {
    return path.join(this.options.directory, nameOf(sha256));
  }

  async has(sha256: string): Promise<boolean> {
    return access(this.pathOf(sha256)).then(
      () => true,
      () => false,
    );
  }

  async check(sha256: string): Promise<void> {
    if (!(await this.has(sha256))) throw new DomainError('not_found', because('stored_file_missing_mend'));
  }

  async withLocalFile<T>(sha256: string, use: (path: string) => Promise<T>): Promise<T> {
    if (!(await this.has(sha256))) throw missingFile();
    return use(this.pathOf(sha256));
  }

  async read(sha256: string, range?: ByteRange): Promise<Readable> {
    const file = await open(this.pathOf(sha256)).catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? missingFile(error) : error;
    });
    return file.createReadStream(range ? { start: range.start, end: range.end } : {});
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
  }

  sweep(): Promise<void> {
    return this.reception.sweep();
  }

  async freeBytes(): Promise<number> {
    await mkdir(this.options.directory, { recursive: true });
    return freeBytesOf(this.options.directory);
  }

  /** The disk is asked by {@link freeBytes}. */
  ping(): Promise<void> {
    return Promise.resolve();
  }

  private async moveIntoPlace(from: string, to: string): Promise<void> {
    const folder = path.dirname(to);
    try {
      await mkdir(folder, { recursive: true });
      // Replaces a file of the same name: its content is the same, or it was damaged.
      await rename(from, to);
      await syncDirectory(folder);
      await syncDirectory(this.options.directory);
    } catch (error) {
      throw storageError(error);
    }
  }
}

/** A rename survives a power cut only when its directory is flushed too. Some file systems do not allow it; then it is not needed. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => null);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}
