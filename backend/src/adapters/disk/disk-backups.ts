import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { BackupStore } from '../../domain/maintenance/maintenance.ports.js';
import type { StoredBackup } from '../../domain/maintenance/maintenance.types.js';

const NAME = 'traum.db';
/** A copy that grows no more. Younger ones may be those of another process. */
const ABANDONED_MS = 60 * 60_000;

const isAbandoned = async (place: string): Promise<boolean> => {
  const found = await stat(place).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > ABANDONED_MS;
};

/** One copy in `directory`, written under a temporary name and renamed; what a crash has left is swept by the next. */
export class DiskBackups implements BackupStore {
  constructor(private readonly options: { directory: string }) {}

  async current(): Promise<StoredBackup | null> {
    const found = await stat(this.file).catch(() => null);
    return found ? { sizeBytes: found.size, createdAt: found.mtime.toISOString() } : null;
  }

  async begin(): ReturnType<BackupStore['begin']> {
    const { directory } = this.options;
    await mkdir(directory, { recursive: true });
    for (const name of await readdir(directory)) {
      const place = path.join(directory, name);
      if (name !== NAME && (await isAbandoned(place))) await rm(place, { force: true });
    }
    const temporary = path.join(directory, `${randomUUID()}.part`);
    return {
      path: temporary,
      keep: async () => {
        await rename(temporary, this.file);
        const { size, mtime } = await stat(this.file);
        return { sizeBytes: size, createdAt: mtime.toISOString() };
      },
      discard: async () => {
        for (const ending of ['', '-wal', '-shm', '-journal']) await rm(temporary + ending, { force: true });
      },
    };
  }

  read(): Readable {
    return createReadStream(this.file);
  }

  private get file(): string {
    return path.join(this.options.directory, NAME);
  }
}
