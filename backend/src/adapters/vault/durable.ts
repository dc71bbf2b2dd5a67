import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';

/**
 * Writes a file by another name in `scratch` and renames it: it is there as a whole, flushed to the disk, or not at all. Its folder is
 * to be flushed by {@link syncDirectory} before anything relies on it.
 */
export async function writeWhole(scratch: string, target: string, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  const temporary = path.join(scratch, `${randomUUID()}.part`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    let written = 0;
    try {
      for await (const chunk of bytes) {
        await file.writeFile(chunk);
        written += chunk.length;
      }
      await file.datasync();
    } finally {
      await file.close();
    }
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    await rename(temporary, target);
    return written;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Of a pipe or a device nobody knows when it ends. @throws DomainError `invalid_input` for what is no file */
export async function mustBePlain(place: string): Promise<void> {
  if (!(await stat(place)).isFile()) throw new DomainError('invalid_input', because('backup_file_damaged'));
}

export async function readPlain(place: string): Promise<Buffer> {
  await mustBePlain(place);
  return readFile(place);
}

/** Some file systems do not allow it; then it is not needed. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => null);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

const MEANINGS: readonly [codes: RegExp, meaning: () => DomainError][] = [
  [/^(?:ENOSPC|EDQUOT|EFBIG)$/, () => new DomainError('storage_full', because('backup_place_full'))],
  [/^(?:EACCES|EPERM|EROFS)$/, () => new DomainError('internal', because('backup_place_read_only'))],
  [
    /^(?:EIO|ESTALE|ENOTCONN|ENODEV|EHOSTDOWN|ETIMEDOUT|ENOTDIR|ELOOP|EINVAL)$/,
    () => new DomainError('internal', because('backup_place_unreadable')),
  ],
];

/** What an error of the disk that holds backups means for people; any other error as it is. */
export function placeError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (error instanceof DomainError || typeof code !== 'string') return error;
  const meaning = MEANINGS.find(([codes]) => codes.test(code))?.[1]();
  return meaning ? new DomainError(meaning.code, meaning.reasons, { cause: error }) : error;
}
