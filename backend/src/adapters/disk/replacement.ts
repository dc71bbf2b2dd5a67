import { mkdir, open, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

const FOLDER = 'restore';
const MARK = 'verified.json';
/** What is of the former library alone, and is made anew from the new one. */
const DERIVED = ['traum.db-wal', 'traum.db-shm', 'index', 'redis', 'cache'];
/** The database last: with it the new library is there. */
const REPLACED = ['audio', 'traum.db'];

/**
 * Another library in the place of the one that lies in a data directory. It is put together in a folder beside it; only when that is
 * whole are the two exchanged, in steps that a later run completes when this one is killed. The former one is put aside.
 */
export class Replacement {
  readonly directory: string;

  constructor(private readonly dataDir: string) {
    this.directory = path.join(dataDir, FOLDER);
  }

  get database(): string {
    return path.join(this.directory, 'traum.db');
  }

  get audioDir(): string {
    return path.join(this.directory, 'audio');
  }

  /** Whether an exchange was begun and not completed: what lies there is neither library then. */
  isUnfinished(): Promise<boolean> {
    return exists(path.join(this.directory, MARK));
  }

  /** Makes room, and throws away what an earlier run had not verified. */
  async begin(): Promise<void> {
    await this.discard();
    await mkdir(this.audioDir, { recursive: true, mode: 0o700 });
  }

  /** Exchanges the two. @returns the name of the folder in which the former library lies; null when there was none */
  async exchange(): Promise<string | null> {
    const aside = `before-restore-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`;
    const mark = path.join(this.directory, MARK);
    await writeFile(`${mark}.part`, JSON.stringify({ aside }), { flush: true });
    await rename(`${mark}.part`, mark);
    await syncDirectory(this.directory);
    return this.complete();
  }

  /** Goes on with an exchange that was begun. */
  async complete(): Promise<string | null> {
    const { aside } = JSON.parse(await readFile(path.join(this.directory, MARK), 'utf8')) as { aside: string };
    const former = path.join(this.dataDir, aside);
    await mkdir(former, { recursive: true, mode: 0o700 });
    if (await exists(this.database)) for (const name of DERIVED) await this.#move(this.dataDir, former, name);
    for (const name of REPLACED) {
      if (!(await exists(path.join(this.directory, name)))) continue;
      await this.#move(this.dataDir, former, name);
      await this.#move(this.directory, this.dataDir, name);
    }
    await syncDirectory(former);
    await syncDirectory(this.dataDir);
    await this.discard();
    return rmdir(former).then(
      () => null,
      () => aside,
    );
  }

  async discard(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  async #move(from: string, to: string, name: string): Promise<void> {
    await rename(path.join(from, name), path.join(to, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

const exists = (place: string): Promise<boolean> =>
  stat(place).then(
    () => true,
    () => false,
  );

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => null);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}
