import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { KnownFile } from '../../domain/backups/backups.ports.js';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';
import { mustBePlain, syncDirectory, writeWhole } from './durable.js';
import type { Seal } from './seal.js';

const CHUNK_BYTES = 1024 * 1024;
const NAME = /^[0-9a-f]{64}$/;

/** The bytes to be kept are not those that were announced: a file of the library is damaged. */
export class NotAsAnnounced extends Error {}

/** Contents under the names that a seal gives them, each there once: `objects/ab/ab12…`. */
export class Objects {
  readonly #touched = new Set<string>();

  constructor(
    private readonly directory: string,
    private readonly scratch: string,
    private readonly seal: Seal,
  ) {}

  /**
   * Keeps a content that is not there yet.
   * @param verify read one that is there, and write it anew when it is damaged
   * @returns the bytes written
   * @throws NotAsAnnounced with nothing kept
   */
  async put(known: KnownFile, read: () => AsyncIterable<Uint8Array>, verify: boolean): Promise<number> {
    const name = this.seal.nameOf(known.sha256);
    const target = this.#pathOf(name);
    const found = await stat(target).catch(() => null);
    if (found?.size === known.sizeBytes + this.seal.extraBytes && !(verify && !(await this.isWhole(known)))) return 0;
    this.#touched.add(path.dirname(target));
    return writeWhole(this.scratch, target, this.seal.seal(announced(known, read()), name));
  }

  /** The bytes of a content. @throws DomainError `invalid_input`, after the last of them, when they are not what was kept */
  async *read(known: KnownFile): AsyncGenerator<Uint8Array, void, undefined> {
    const name = this.seal.nameOf(known.sha256);
    const place = this.#pathOf(name);
    try {
      await mustBePlain(place);
      const file = createReadStream(place, { highWaterMark: CHUNK_BYTES });
      try {
        yield* announced(known, this.seal.open(file, name));
      } finally {
        file.destroy();
      }
    } catch (error) {
      if (error instanceof NotAsAnnounced || (error as NodeJS.ErrnoException).code === 'ENOENT') {
        throw new DomainError('invalid_input', because('backup_file_damaged'), { cause: error });
      }
      throw error;
    }
  }

  async isWhole(known: KnownFile): Promise<boolean> {
    try {
      for await (const chunk of this.read(known)) void chunk;
      return true;
    } catch (error) {
      if (error instanceof DomainError) return false;
      throw error;
    }
  }

  /** After it, what was kept survives a power cut. */
  async settle(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    for (const folder of this.#touched) await syncDirectory(folder);
    await syncDirectory(this.directory);
    this.#touched.clear();
  }

  /** Takes away everything but these. @returns the bytes that are free now */
  async removeAllBut(needed: ReadonlySet<string>): Promise<number> {
    const names = new Set([...needed].map((sha256) => this.seal.nameOf(sha256)));
    let bytes = 0;
    for (const folder of await readdir(this.directory).catch((): string[] => [])) {
      for (const name of await readdir(path.join(this.directory, folder)).catch((): string[] => [])) {
        if (!NAME.test(name) || names.has(name)) continue;
        const place = path.join(this.directory, folder, name);
        bytes += await stat(place).then(
          ({ size }) => size,
          () => 0,
        );
        await rm(place, { force: true });
      }
    }
    return bytes;
  }

  #pathOf(name: string): string {
    return path.join(this.directory, name.slice(0, 2), name);
  }
}

async function* announced(
  { sha256, sizeBytes }: KnownFile,
  source: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    bytes += chunk.length;
    if (bytes > sizeBytes) break;
    yield chunk;
  }
  if (bytes !== sizeBytes || hash.digest('hex') !== sha256) throw new NotAsAnnounced();
}
