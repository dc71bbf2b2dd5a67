import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';

const HEARTBEAT_MS = 5_000;
const STALE_MS = 30_000;

/** A lock between processes, also in different containers: a file whose time its owner keeps fresh. */
export class ProcessLock {
  private readonly heartbeat: NodeJS.Timeout;

  private constructor(private readonly file: string) {
    this.heartbeat = setInterval(() => {
      const now = new Date();
      utimes(file, now, now).catch(() => undefined);
    }, HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  /** Null when a living process holds it. */
  static async acquire(file: string): Promise<ProcessLock | null> {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const handle = await open(file, 'wx');
        await handle.writeFile(OWNER);
        await handle.close();
        return new ProcessLock(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        if (!(await isAbandoned(file))) return null;
        await rm(file, { force: true });
      }
    }
    return null;
  }

  async release(): Promise<void> {
    clearInterval(this.heartbeat);
    await rm(this.file, { force: true });
  }
}

const OWNER = `${os.hostname()} ${process.pid}`;

async function isAbandoned(file: string): Promise<boolean> {
  const [host, pid] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
  if (host === os.hostname() && Number(pid) > 0 && Number(pid) !== process.pid && !isRunning(Number(pid))) return true;
  const found = await stat(file).catch(() => null);
  return found === null || Date.now() - found.mtimeMs > STALE_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
