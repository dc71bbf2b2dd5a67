import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { BackupOrder, BackupPlace, KnownFile } from '../../domain/backups/backups.ports.js';
import type { Backup } from '../../domain/backups/backups.types.js';
import { DomainError } from '../../domain/errors.js';
import type { Run } from '../../domain/maintenance/maintenance.ports.js';
import { because } from '../../domain/reasons.js';
import { makeDirectory } from '../make-directory.js';
import { ProcessLock } from '../process-lock.js';
import { contentsSchema, labelSchema, snapshotSchema, type Contents, type Label, type Snapshot } from './documents.js';
import { placeError, readPlain, syncDirectory, writeWhole } from './durable.js';
import { NotAsAnnounced, Objects } from './objects.js';
import { newKeySettings, sealWith, UNSEALED, type Seal } from './seal.js';

const FORMAT = 1;
/** The database is kept in pieces, so that those that did not change are not kept again. */
const PIECE_BYTES = 1024 * 1024;
const AT_ONCE = 4;
const SNAPSHOT = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

export interface VaultOptions {
  directory: string;
  /** Seals everything; null: it lies there as it is. */
  secret: string | null;
  /** Of the program, noted in what it makes. */
  programVersion: string;
  /** Where the files of the library lie, as `ab/ab12…`. */
  audioDir: string;
}

interface Opened {
  label: Label;
  seal: Seal;
  objects: Objects;
}

/**
 * Backups in a folder: `vault.json` says what it is, `objects/` has contents under their hashes, each once, `snapshots/` one small file
 * for each backup, written last. A crash at any moment leaves all earlier backups as they were.
 */
export class Vault implements BackupPlace {
  #opened: Opened | null = null;

  constructor(private readonly options: VaultOptions) {}

  get encrypted(): boolean {
    return this.options.secret !== null;
  }

  async id(): Promise<string | null> {
    return (await this.#open())?.label.id ?? null;
  }

  async list(): Promise<Backup[]> {
    const opened = await this.#open();
    if (!opened) return [];
    const found = await Promise.all((await this.#ids()).map((id) => this.#snapshot(opened, id)));
    return found
      .flatMap((snapshot) => (snapshot ? [toBackup(snapshot, opened)] : []))
      .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id));
  }

  async write(order: BackupOrder, run: Run): Promise<Backup> {
    return this.#alone(async () => {
      const startedAt = performance.now();
      const opened = (await this.#open()) ?? (await this.#found());
      const { objects, seal } = opened;
      const total = (await stat(order.database)).size + order.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      let [done, addedBytes] = [0, 0];
      const note = ({ sizeBytes }: KnownFile, added: number): void => {
        done += sizeBytes;
        addedBytes += added;
        run.report(total > 0 ? done / total : 1);
      };
      const database: KnownFile[] = [];
      for await (const piece of piecesOf(order.database)) {
        run.signal.throwIfAborted();
        const known = knownOf(piece);
        database.push(known);
        note(known, await objects.put(known, () => only(piece), order.verify));
      }
      const missing: string[] = [];
      await inTurns(order.files, async (file) => {
        run.signal.throwIfAborted();
        note(file, (await this.#keep(objects, file, order.verify)) ?? (missing.push(file.sha256), 0));
      });
      const list = Buffer.from(JSON.stringify({ database, files: order.files } satisfies Contents));
      const contents = knownOf(list);
      addedBytes += await objects.put(contents, () => only(list), order.verify);
      await objects.settle();
      const snapshot: Snapshot = {
        id: `${order.createdAt.replace(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`,
        createdAt: order.createdAt,
        programVersion: this.options.programVersion,
        databaseVersion: order.databaseVersion,
        model: order.model,
        sounds: order.files.length,
        audioBytes: order.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        databaseBytes: database.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        addedBytes,
        tookMs: Math.round(performance.now() - startedAt),
        missing: missing.toSorted(),
        inPlace: order.inPlace,
        contents,
      };
      run.signal.throwIfAborted();
      const body = Buffer.from(JSON.stringify(snapshot));
      const signed = Buffer.concat([body, Buffer.from(`\n${sha256Of(body)}\n`)]);
      await writeWhole(this.#path('tmp'), this.#path('snapshots', snapshot.id), seal.seal(only(signed), snapshot.id));
      await syncDirectory(this.#path('snapshots'));
      return toBackup(snapshot, opened);
    });
  }

  async remove(ids: readonly string[]): Promise<number> {
    return this.#alone(async () => {
      const opened = await this.#open();
      if (!opened) return 0;
      for (const id of ids) if (SNAPSHOT.test(id)) await rm(this.#path('snapshots', id), { force: true });
      await syncDirectory(this.#path('snapshots'));
      const needed = new Set<string>();
      for (const id of await this.#ids()) {
        const snapshot = await this.#snapshot(opened, id);
        // What a backup needs that cannot be read now, nobody knows: then everything stays.
        if (!snapshot) return 0;
        const { database, files } = await this.#contents(opened, snapshot);
        for (const { sha256 } of [snapshot.contents, ...database, ...files]) needed.add(sha256);
      }
      return opened.objects.removeAllBut(needed);
    });
  }

  /**
   * Reads a backup as a whole, and compares everything with its hash.
   * @param to where to write it; null to read it only
   * @throws DomainError `not_found`; `invalid_input` when something in it is damaged
   */
  async read(id: string, to: { database: string; audioDir: string } | null, run: Run): Promise<Backup> {
    try {
      const opened = await this.#open();
      const snapshot = opened && (await this.#snapshot(opened, id));
      if (!snapshot) throw new DomainError('not_found', because('backup_unknown', { backup: id }));
      const { database, files } = await this.#contents(opened, snapshot);
      const missing = new Set(snapshot.missing);
      const total = snapshot.databaseBytes + snapshot.audioBytes;
      let done = 0;
      const note = ({ sizeBytes }: KnownFile): void => {
        done += sizeBytes;
        run.report(total > 0 ? done / total : 1);
      };
      const target = to && (await open(to.database, 'wx', 0o600));
      try {
        for (const piece of database) {
          run.signal.throwIfAborted();
          for await (const chunk of opened.objects.read(piece)) await target?.writeFile(chunk);
          note(piece);
        }
        await target?.sync();
      } finally {
        await target?.close();
      }
      const folders = new Set<string>();
      await inTurns(
        files.filter(({ sha256 }) => !missing.has(sha256)),
        async (file) => {
          run.signal.throwIfAborted();
          if (to) {
            const place = pathIn(to.audioDir, file);
            folders.add(path.dirname(place));
            await writeWhole(path.dirname(to.database), place, opened.objects.read(file));
          } else for await (const chunk of opened.objects.read(file)) void chunk;
          note(file);
        },
      );
      for (const folder of folders) await syncDirectory(folder);
      return toBackup(snapshot, opened);
    } catch (error) {
      throw placeError(error);
    }
  }

  /** Null when the library lacks it, or has something else in its place. */
  async #keep(objects: Objects, file: KnownFile, verify: boolean): Promise<number | null> {
    let ofLibrary: unknown;
    const read = async function* (place: string): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        yield* createReadStream(place, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Uint8Array>;
      } catch (error) {
        ofLibrary = error;
        throw error;
      }
    };
    try {
      return await objects.put(file, () => read(pathIn(this.options.audioDir, file)), verify);
    } catch (error) {
      if (error instanceof NotAsAnnounced || error === ofLibrary) return null;
      throw error;
    }
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    let lock: ProcessLock | null = null;
    try {
      await makeDirectory(this.options.directory).catch(noFolder);
      lock = await ProcessLock.acquire(this.#path('lock')).catch(noFolder);
      if (!lock) throw new DomainError('conflict', because('backup_place_busy'));
      // Whoever wrote there before is gone.
      await rm(this.#path('tmp'), { force: true, recursive: true });
      await mkdir(this.#path('tmp'), { mode: 0o700 });
      return await work();
    } catch (error) {
      throw placeError(error);
    } finally {
      await lock?.release();
    }
  }

  /** Null when there is no backup yet. @throws DomainError when it cannot be read, or not with this key */
  async #open(): Promise<Opened | null> {
    if (this.#opened) {
      // Another disk may be mounted there by now.
      const now = await this.#label();
      if (now?.id === this.#opened.label.id) return this.#opened;
      this.#opened = null;
    }
    const label = await this.#label();
    if (!label) return null;
    const { secret } = this.options;
    if (label.keys && secret === null) throw new DomainError('invalid_input', because('backup_key_needed'));
    if (!label.keys && secret !== null) throw new DomainError('conflict', because('backup_place_not_encrypted'));
    const seal = label.keys && secret !== null ? await sealWith(secret, label.keys) : UNSEALED;
    if (label.proof !== null && seal.nameOf(label.id) !== label.proof) {
      throw new DomainError('invalid_input', because('backup_key_wrong'));
    }
    this.#opened = { label, seal, objects: new Objects(this.#path('objects'), this.#path('tmp'), seal) };
    return this.#opened;
  }

  async #label(): Promise<Label | null> {
    const bytes = await readPlain(this.#path('vault.json')).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw placeError(error);
    });
    try {
      const label: unknown = bytes && JSON.parse(bytes.toString());
      if (z.object({ format: z.int().gt(FORMAT) }).safeParse(label).success)
        throw new DomainError('conflict', because('backup_place_newer'));
      return bytes && labelSchema.parse(label);
    } catch (error) {
      if (error instanceof DomainError) throw error;
      throw new DomainError('invalid_input', because('backup_place_unreadable'), { cause: error });
    }
  }

  /** Begins a place. */
  async #found(): Promise<Opened> {
    const strangers = (await readdir(this.options.directory)).filter((name) => !OWN.test(name));
    if (strangers.length > 0) throw new DomainError('conflict', because('backup_place_taken'));
    const { secret } = this.options;
    const keys = secret === null ? null : newKeySettings();
    const id = randomUUID();
    const proof = secret !== null && keys ? (await sealWith(secret, keys)).nameOf(id) : null;
    const label: Label = { format: FORMAT, id, createdAt: new Date().toISOString(), keys, proof };
    await writeWhole(this.#path('tmp'), this.#path('vault.json'), only(Buffer.from(JSON.stringify(label, null, 2))));
    await syncDirectory(this.options.directory);
    return (await this.#open())!;
  }

  async #ids(): Promise<string[]> {
    const names = await readdir(this.#path('snapshots')).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw placeError(error);
    });
    return names.filter((name) => SNAPSHOT.test(name));
  }

  /** Null for one that is not there, or damaged. */
  async #snapshot({ seal }: Opened, id: string): Promise<Snapshot | null> {
    if (!SNAPSHOT.test(id)) return null;
    try {
      const signed = await whole(seal.open(only(await readPlain(this.#path('snapshots', id))), id));
      const [body = '', hash] = signed.toString().split('\n');
      if (sha256Of(Buffer.from(body)) !== hash) return null;
      // It is as it was written, or somebody made it look so.
      return snapshotSchema.safeParse(JSON.parse(body)).data ?? null;
    } catch (error) {
      if (error instanceof DomainError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw placeError(error);
    }
  }

  async #contents({ objects }: Opened, { contents }: Snapshot): Promise<Contents> {
    try {
      return contentsSchema.parse(JSON.parse((await whole(objects.read(contents))).toString()));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof z.ZodError)
        throw new DomainError('invalid_input', because('backup_file_damaged'), { cause: error });
      throw error;
    }
  }

  #path(...names: string[]): string {
    return path.join(this.options.directory, ...names);
  }
}

/** What may lie in a folder that becomes a place for backups. */
const OWN = /^(?:lock|tmp|objects|snapshots|lost\+found|\..*)$/;

const toBackup = ({ contents: _, ...facts }: Snapshot, { label }: Opened): Backup => ({
  ...facts,
  inPlace: facts.inPlace ?? 0,
  placeId: label.id,
});

const pathIn = (audioDir: string, { sha256 }: KnownFile): string => path.join(audioDir, sha256.slice(0, 2), sha256);

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const knownOf = (bytes: Uint8Array): KnownFile => ({ sha256: sha256Of(bytes), sizeBytes: bytes.length });

// eslint-disable-next-line @typescript-eslint/require-await -- what reads it waits for others too
async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/** Nothing can be made there: a file, a device, something of the system. */
function noFolder(error: NodeJS.ErrnoException): never {
  if (!/^(?:ENOENT|EEXIST|ENOTDIR)$/.test(error.code ?? '')) throw error;
  throw new DomainError('invalid_input', because('backup_place_no_folder'), { cause: error });
}

async function whole(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* piecesOf(file: string): AsyncGenerator<Buffer, void, undefined> {
  const handle = await open(file, 'r');
  try {
    for (;;) {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Several at once, but not all. The first failure ends it, when those under way are over. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const failures: unknown[] = [];
  const turn = async (): Promise<void> => {
    for (const item of waiting) {
      if (failures.length > 0) return;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, turn));
  if (failures.length > 0) throw failures[0];
}
