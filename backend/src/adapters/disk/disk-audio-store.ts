import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { DomainError } from '../../domain/errors.js';
import type { AudioStore, ByteRange, ReceivedFile } from '../../domain/library/library.ports.js';
import { freeBytesOf } from '../free-space.js';
import { Staging } from './staging.js';
import { because } from '../../domain/reasons.js';

const TEMPORARY = 'tmp';
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Files under `directory`, named by their SHA-256 in folders of its first two digits (`ab/ab12…`). Uploads are written to `tmp/`,
 * flushed to the disk and renamed, so that a file with a hash name is always whole, even after a power cut.
 */
export class DiskAudioStore implements AudioStore {
  /** Temporary files that are being written or not yet decided on. */
  private readonly undecided = new Set<string>();

  private readonly staging: Staging;

  constructor(private readonly options: { directory: string }) {
    this.staging = new Staging(path.join(options.directory, TEMPORARY));
  }

  async receive(source: Readable, maxBytes: number): Promise<ReceivedFile> {
    const name = `${randomUUID()}.part`;
    const temporary = path.join(this.staging.directory, name);
    const discard = async (): Promise<void> => {
      await rm(temporary, { force: true });
      this.undecided.delete(name);
    };
    this.undecided.add(name);
    // A connection may break before anybody reads; the reading below still throws it.
    source.on('error', () => undefined);
    try {
      await this.staging.open();
      const written = await writeHashed(source, temporary, maxBytes);
      return {
        ...written,
        withLocalFile: (use) => use(temporary),
        keep: async () => {
          // A second call finds nothing to move.
          if (!this.undecided.has(name)) return;
          await this.moveIntoPlace(temporary, this.pathOf(written.sha256));
          this.undecided.delete(name);
        },
        discard,
      };
    } catch (error) {
      // The rest of a refused upload passes by, so that what comes after it in the same request can be read.
      source.resume();
      await discard();
      throw storageError(error);
    }
  }

  /** For what looks after these files; everybody else borrows them with {@link withLocalFile}. */
  pathOf(sha256: string): string {
    if (!SHA256.test(sha256)) throw new DomainError('internal', 'A stored file has no valid name.');
    return path.join(this.options.directory, sha256.slice(0, 2), sha256);
  }

  async has(sha256: string): Promise<boolean> {
    return access(this.pathOf(sha256)).then(
      () => true,
      () => false,
    );
  }

  async withLocalFile<T>(sha256: string, use: (path: string) => Promise<T>): Promise<T> {
    if (!(await this.has(sha256))) throw missing();
    return use(this.pathOf(sha256));
  }

  async read(sha256: string, range?: ByteRange): Promise<Readable> {
    const file = await open(this.pathOf(sha256)).catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? missing(error) : error;
    });
    return file.createReadStream(range ? { start: range.start, end: range.end } : {});
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
  }

  sweep(): Promise<void> {
    return this.staging.sweep();
  }

  async freeBytes(): Promise<number> {
    await mkdir(this.options.directory, { recursive: true });
    return freeBytesOf(this.options.directory);
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

/** Writes the stream, waiting for the disk, and returns its hash. The data is on the disk when this returns. */
async function writeHashed(
  source: Readable,
  to: string,
  maxBytes: number,
): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const file = await open(to, 'wx', 0o640);
  try {
    // The source is left open for the caller: destroying one part of a multipart body would end the others with it.
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) {
        throw new DomainError('too_large', because('file_over_limit', { limitMB: megabytes(maxBytes) }));
      }
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

/** A rename survives a power cut only when its directory is flushed too. Some file systems do not allow it; then it is not needed. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => null);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

const missing = (cause?: unknown): DomainError =>
  new DomainError('not_found', because('stored_file_missing'), { cause });

function storageError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DomainError('storage_full', because('disk_full_for_upload'), { cause: error });
  }
  if (code === 'EFBIG') {
    return new DomainError('too_large', because('file_over_file_system'), {
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return new DomainError('internal', because('data_directory_read_only'), {
      cause: error,
    });
  }
  return error;
}

const megabytes = (bytes: number): number => Math.round((bytes / 1024 / 1024) * 10) / 10;
