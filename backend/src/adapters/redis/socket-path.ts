import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Unix socket addresses hold 104 bytes on macOS and 108 on Linux, with the final zero. */
const MAX_SOCKET_PATH_BYTES = 100;

/** The socket's place inside `directory`, or a short private one where that path is too long for a socket. */
export async function socketPathFor(directory: string): Promise<string> {
  const inside = path.join(directory, 'redis.sock');
  return Buffer.byteLength(inside) <= MAX_SOCKET_PATH_BYTES ? inside : shortSocketPath(directory);
}

/** A path in the temporary directory that only depends on `directory`, so that a next start finds what this one left. */
export async function shortSocketPath(directory: string): Promise<string> {
  const hash = createHash('sha256').update(path.resolve(directory)).digest('hex').slice(0, 16);
  const folder = path.join(os.tmpdir(), `traum-${hash}`);
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return path.join((await isPrivate(folder)) ? folder : await mkdtemp(path.join(os.tmpdir(), 'traum-')), 'redis.sock');
}

/** The temporary directory is open to all users: a folder that another one made, or could enter, is not used. */
async function isPrivate(folder: string): Promise<boolean> {
  const info = await lstat(folder);
  return info.isDirectory() && info.uid === process.getuid?.() && (info.mode & 0o077) === 0;
}
