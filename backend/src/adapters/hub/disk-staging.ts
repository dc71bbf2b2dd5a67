import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { DomainError } from '../../domain/errors.js';
import type { ModelStaging, StagedFile, StagingArea } from '../../domain/models/models.ports.js';
import { freeBytesOf } from '../free-space.js';
import { ProcessLock } from '../process-lock.js';
import { because } from '../../domain/reasons.js';

const PARTIAL = '.partial';

const originsSchema = z.record(
  z.string(),
  z.object({ mark: z.string().nullable(), totalBytes: z.number().nullable() }),
);
type Origins = z.infer<typeof originsSchema>;

/**
 * Models below one folder. What is being installed lies in `.partial/<id>/` on the same file system, beside a note of
 * what its files are parts of, and is renamed as a whole when it is complete.
 */
export class DiskModelStaging implements ModelStaging {
  constructor(private readonly options: { directory: string }) {}

  async freeBytes(): Promise<number> {
    return guarded(async () => {
      await mkdir(this.options.directory, { recursive: true });
      return freeBytesOf(this.options.directory);
    });
  }

  async open(id: string): Promise<StagingArea> {
    const partial = this.partial();
    return guarded(async () => {
      await mkdir(partial, { recursive: true });
      const lock = await ProcessLock.acquire(path.join(partial, `${id}.lock`));
      if (!lock) {
        throw new DomainError('conflict', because('model_installing_elsewhere', { model: id }));
      }
      try {
        await this.finishReplacement(id);
        await mkdir(path.join(partial, id), { recursive: true });
        return new DiskStagingArea(
          id,
          this.options.directory,
          await readOrigins(path.join(partial, `${id}.json`)),
          lock,
        );
      } catch (error) {
        await lock.release();
        throw error;
      }
    });
  }

  async remove(id: string): Promise<void> {
    const area = await this.open(id);
    await guarded(() => rm(path.join(this.options.directory, id), { recursive: true, force: true }));
    await area.discard();
  }

  private partial(): string {
    return path.join(this.options.directory, PARTIAL);
  }

  /** A crash between the two renames of a replacement leaves the old model aside: it comes back. */
  private async finishReplacement(id: string): Promise<void> {
    const old = path.join(this.partial(), `${id}.old`);
    const place = path.join(this.options.directory, id);
    if (await exists(place)) await rm(old, { recursive: true, force: true });
    else if (await exists(old)) await rename(old, place);
  }
}

class DiskStagingArea implements StagingArea {
  private readonly folder: string;
  private readonly note: string;
  private readonly files: DiskStagedFile[] = [];

  constructor(
    private readonly id: string,
    private readonly directory: string,
    private readonly origins: Origins,
    private readonly lock: ProcessLock,
  ) {
    this.folder = path.join(directory, PARTIAL, id);
    this.note = path.join(directory, PARTIAL, `${id}.json`);
  }

  async file(name: string): Promise<StagedFile> {
    return guarded(async () => {
      const file = await DiskStagedFile.open(
        path.join(this.folder, name),
        this.origins[name] ?? null,
        async (origin) => {
          if (origin) this.origins[name] = origin;
          else delete this.origins[name];
          await writeFile(this.note, JSON.stringify(this.origins));
        },
      );
      this.files.push(file);
      return file;
    });
  }

  async publish(manifest: string): Promise<void> {
    await guarded(async () => {
      const handle = await open(path.join(this.folder, 'manifest.json'), 'w');
      try {
        await handle.writeFile(manifest);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      const place = path.join(this.directory, this.id);
      const old = path.join(this.directory, PARTIAL, `${this.id}.old`);
      if (await exists(place)) await rename(place, old);
      await rename(this.folder, place);
      await rm(old, { recursive: true, force: true });
      await rm(this.note, { force: true });
    });
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.files.map((file) => file.close()));
    await this.lock.release();
  }

  async discard(): Promise<void> {
    await Promise.allSettled(this.files.map((file) => file.close()));
    await guarded(async () => {
      await rm(this.folder, { recursive: true, force: true });
      await rm(this.note, { force: true });
    });
    await this.lock.release();
  }
}

class DiskStagedFile implements StagedFile {
  private closed = false;

  private constructor(
    private readonly handle: FileHandle,
    private hash: Hash,
    private size: number,
    private from: StagedFile['origin'],
    private readonly remember: (origin: StagedFile['origin']) => Promise<void>,
  ) {}

  static async open(
    file: string,
    origin: StagedFile['origin'],
    remember: (origin: StagedFile['origin']) => Promise<void>,
  ): Promise<DiskStagedFile> {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(file, 'a+');
    try {
      const hash = createHash('sha256');
      let size = 0;
      for await (const chunk of createReadStream(file)) {
        hash.update(chunk as Buffer);
        size += (chunk as Buffer).length;
      }
      return new DiskStagedFile(handle, hash, size, origin, remember);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get sizeBytes(): number {
    return this.size;
  }

  get origin(): StagedFile['origin'] {
    return this.from;
  }

  async restart(origin: StagedFile['origin']): Promise<void> {
    await guarded(async () => {
      // In this order: bytes must never be taken for those of another version.
      await this.handle.truncate(0);
      await this.remember(origin);
    });
    this.hash = createHash('sha256');
    this.size = 0;
    this.from = origin;
  }

  async write(chunk: Uint8Array): Promise<void> {
    await guarded(() => this.handle.appendFile(chunk));
    this.hash.update(chunk);
    this.size += chunk.length;
  }

  digest(): string {
    return this.hash.copy().digest('hex');
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    try {
      await guarded(() => this.handle.datasync());
    } finally {
      await this.handle.close();
    }
  }
}

async function readOrigins(file: string): Promise<Origins> {
  try {
    return originsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Without the note the parts count as of unknown origin.
    return {};
  }
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new DomainError('storage_full', because('models_folder_full'), { cause: error });
    }
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      throw new DomainError('conflict', because('models_folder_read_only'), { cause: error });
    }
    throw error;
  }
}
