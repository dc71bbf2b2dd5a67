import { createHash, randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { DomainError } from '../domain/errors.js';
import type { ReceivedFile } from '../domain/library/library.ports.js';
import { because } from '../domain/reasons.js';
import { Staging } from './staging.js';

/** A file that was received, until it is put where it belongs. */
export interface Arrived {
  path: string;
  sha256: string;
  sizeBytes: number;
}

/** Where a process of this machine puts what is still being made: under names of its own, below one folder for all processes. */
export class Reception {
  private readonly staging: Staging;

  /** @param parent holds the folders of all processes */
  constructor(parent: string) {
    this.staging = new Staging(parent);
  }

  /** A name for a file that is yet to be written. */
  async place(): Promise<string> {
    await this.staging.open();
    return path.join(this.staging.directory, `${randomUUID()}.part`);
  }

  /**
   * Writes a stream to the disk while it is hashed.
   * @param keep puts the file where it belongs; called once, unless it fails
   * @throws DomainError as `AudioStore.receive`
   */
  async receive(source: Readable, maxBytes: number, keep: (file: Arrived) => Promise<void>): Promise<ReceivedFile> {
    // A connection may break before anybody reads; the reading below still throws it.
    source.on('error', () => undefined);
    let temporary: string | null = null;
    try {
      const path = (temporary = await this.place());
      const written = await writeHashed(source, path, maxBytes);
      let kept: Promise<void> | null = null;
      return {
        ...written,
        withLocalFile: (use) => use(path),
        keep: () =>
          (kept ??= keep({ ...written, path }).catch((error: unknown) => {
            kept = null;
            throw error;
          })),
        // What was kept is not there any more.
        discard: () => rm(path, { force: true }),
      };
    } catch (error) {
      // The rest of a refused upload passes by, so that what comes after it in the same request can be read.
      source.resume();
      if (temporary !== null) await rm(temporary, { force: true });
      throw storageError(error);
    }
  }

  /** Takes a name away that {@link place} gave. */
  release(place: string): Promise<void> {
    return rm(place, { force: true });
  }

  /** Deletes what processes have left that are gone. */
  sweep(): Promise<void> {
    return this.staging.sweep();
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

const SHA256 = /^[0-9a-f]{64}$/;

/** Where a file with this content lies below the place for all of them: `ab/ab12…`. @throws DomainError when it is no hash */
export function nameOf(sha256: string): string {
  if (!SHA256.test(sha256)) throw new DomainError('internal', 'A stored file has no valid name.');
  return `${sha256.slice(0, 2)}/${sha256}`;
}

export const missingFile = (cause?: unknown): DomainError =>
  new DomainError('not_found', because('stored_file_missing'), { cause });

/** @returns the error itself, or what it means for people when a disk does not take a file */
export function storageError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DomainError('storage_full', because('disk_full_for_upload'), { cause: error });
  }
  if (code === 'EFBIG') {
    return new DomainError('too_large', because('file_over_file_system'), { cause: error });
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return new DomainError('internal', because('data_directory_read_only'), { cause: error });
  }
  return error;
}

const megabytes = (bytes: number): number => Math.round((bytes / 1024 / 1024) * 10) / 10;
