import { randomUUID } from 'node:crypto';
import { access, constants, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** What the program cannot do without. Everything else is made anew when it must be. */
const NEEDED = /^(?:traum\.db(?:-wal|-shm)?|instance\.lock|audio|redis)$/;
/** Folders of `redis` and `audio`, not the thousands of files in those. */
const DEPTH = 2;

/**
 * Tries whether this user may write into a data directory and to what lies in it.
 * @throws the system's error when not: files restored by another user, a read-only disk
 */
export async function tryWriting(directory: string): Promise<void> {
  const probe = path.join(directory, `.probe-${randomUUID()}`);
  const file = await open(probe, 'wx', 0o600).catch((error: unknown) => {
    // A full disk is no reason not to start: deleting must work.
    if (!isFull(error)) throw error;
  });
  await file?.close();
  await rm(probe, { force: true });
  for (const name of await readdir(directory)) {
    if (NEEDED.test(name)) await tryEntry(path.join(directory, name), DEPTH);
  }
}

async function tryEntry(place: string, depth: number): Promise<void> {
  const names = await readdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return null;
    throw error;
  });
  const { R_OK, W_OK, X_OK } = constants;
  await access(place, names ? R_OK | W_OK | X_OK : R_OK | W_OK).catch((error: NodeJS.ErrnoException) => {
    // A socket or a temporary file that went meanwhile.
    if (error.code !== 'ENOENT') throw error;
  });
  if (!names || depth === 0) return;
  for (const name of names) await tryEntry(path.join(place, name), depth - 1);
}

const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
