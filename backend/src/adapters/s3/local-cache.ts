import { copyFile, link, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { nameOf, Reception } from '../reception.js';

/** How much of the limit is added before the folder is looked through again, and how much room is made then. */
const SHARE = 1 / 16;

/**
 * Files of the store that this machine has, because programs read no others: those used last, up to a limit. Several processes may
 * share the folder. What is lent is a second name of the file, so that nobody takes it away meanwhile.
 */
export class LocalCache {
  readonly reception: Reception;
  private added = Infinity;
  private clearing: Promise<void> | null = null;

  constructor(private readonly options: { directory: string; maxBytes: number }) {
    this.reception = new Reception(path.join(options.directory, 'tmp'));
  }

  /**
   * Lends a file.
   * @param fetch writes it to the given path where it is not here
   */
  async lend<T>(sha256: string, fetch: (to: string) => Promise<void>, use: (file: string) => Promise<T>): Promise<T> {
    const own = await this.reception.place();
    try {
      if (await this.taken(sha256, own)) return await use(own);
      await fetch(own);
      await this.add(sha256, own);
      return await use(own);
    } finally {
      await this.reception.release(own);
    }
  }

  /** Remembers a file that lies elsewhere on this disk, whose name may be taken away then. */
  async add(sha256: string, file: string): Promise<void> {
    const place = this.pathOf(sha256);
    try {
      const { size } = await stat(file);
      if (size > this.options.maxBytes / 2) return;
      await mkdir(path.dirname(place), { recursive: true });
      await linked(file, place);
      this.added += size;
      if (this.added > this.options.maxBytes * SHARE) await this.makeRoom();
    } catch {
      // There already, or there is no room for it: it is fetched again when it is needed.
    }
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
  }

  private pathOf(sha256: string): string {
    return path.join(this.options.directory, nameOf(sha256));
  }

  private async taken(sha256: string, own: string): Promise<boolean> {
    const place = this.pathOf(sha256);
    try {
      await linked(place, own);
      const now = new Date();
      await utimes(own, now, now);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  private makeRoom(): Promise<void> {
    this.clearing ??= this.removeOldest().finally(() => (this.clearing = null));
    return this.clearing;
  }

  private async removeOldest(): Promise<void> {
    this.added = 0;
    const { directory, maxBytes } = this.options;
    const files: { file: string; size: number; usedAt: number }[] = [];
    for (const folder of await readdir(directory)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const name of await readdir(path.join(directory, folder))) {
        const file = path.join(directory, folder, name);
        const found = await stat(file).catch(() => null);
        if (found) files.push({ file, size: found.size, usedAt: found.mtimeMs });
      }
    }
    let total = files.reduce((sum, { size }) => sum + size, 0);
    for (const { file, size } of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= maxBytes * (1 - SHARE)) return;
      await rm(file, { force: true });
      total -= size;
    }
  }
}

/** A second name; a copy on file systems that know of none. */
async function linked(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(from, to);
  }
}
