import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const HEARTBEAT_MS = 10_000;
/** Long enough for a process that was held up, and short enough for a disk to get its space back. */
const STALE_MS = 3 * 60_000;
/** Folders of this very process. */
const mine = new Set<string>();
/** Whose it is, for other processes of the same machine: `host~pid~unique`. */
const OWNED = /^(.+)~(\d+)~[0-9a-f-]{36}$/;

/**
 * The folder of one process for what it is receiving. Others, also in other containers, can tell from its name and its time
 * that its owner lives, and leave it alone.
 */
export class Staging {
  readonly directory: string;
  private heartbeat: NodeJS.Timeout | undefined;

  /** @param parent holds the folders of all processes */
  constructor(private readonly parent: string) {
    this.directory = path.join(parent, `${os.hostname()}~${process.pid}~${randomUUID()}`);
    mine.add(this.directory);
  }

  /** Makes the folder, and keeps its time fresh as long as this process lives. */
  async open(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    this.heartbeat ??= setInterval(() => {
      const now = new Date();
      utimes(this.directory, now, now).catch(() => undefined);
    }, HEARTBEAT_MS).unref();
  }

  /** Deletes what processes have left that are gone. */
  async sweep(): Promise<void> {
    const names = await readdir(this.parent).catch((): string[] => []);
    for (const name of names) {
      const place = path.join(this.parent, name);
      if (!mine.has(place) && (await isAbandoned(name, place))) {
        await rm(place, { force: true, recursive: true });
      }
    }
  }
}

async function isAbandoned(name: string, place: string): Promise<boolean> {
  const found = await stat(place).catch(() => null);
  if (found === null) return false;
  if (Date.now() - found.mtimeMs > STALE_MS) return true;
  const [, host, pid] = OWNED.exec(name) ?? [];
  // A container that is started again has the name and the process id that it had before.
  return host === os.hostname() && (Number(pid) === process.pid || !isRunning(Number(pid)));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
