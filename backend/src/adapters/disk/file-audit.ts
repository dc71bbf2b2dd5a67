import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileAudit } from '../../domain/maintenance/maintenance.ports.js';
import type { FileFault } from '../../domain/maintenance/maintenance.types.js';
import type { DiskAudioStore } from './disk-audio-store.js';
import { HashThread } from '../hash-thread.js';

const NAME = /^[0-9a-f]{64}$/;

/** Looks at the files of a {@link DiskAudioStore}. */
export class DiskFileAudit implements FileAudit {
  private readonly hashing = new HashThread();

  constructor(private readonly options: { directory: string; store: Pick<DiskAudioStore, 'pathOf'> }) {}

  async examine(
    { sha256, sizeBytes }: { sha256: string; sizeBytes: number },
    { hash, signal }: { hash: boolean; signal: AbortSignal },
  ): Promise<FileFault | null> {
    const file = this.options.store.pathOf(sha256);
    const found = await stat(file).catch(() => null);
    if (!found?.isFile()) return 'missing';
    if (found.size !== sizeBytes) return 'wrong_size';
    if (!hash) return null;
    return (await this.hashing.hash(file, signal)) === sha256 ? null : 'damaged';
  }

  async strays(known: ReadonlySet<string>, before: Date): Promise<{ files: number; bytes: number }> {
    const { directory } = this.options;
    const total = { files: 0, bytes: 0 };
    const folders = await readdir(directory).catch((): string[] => []);
    for (const folder of folders.filter((name) => /^[0-9a-f]{2}$/.test(name))) {
      const names = await readdir(path.join(directory, folder)).catch((): string[] => []);
      for (const name of names.filter((candidate) => NAME.test(candidate) && !known.has(candidate))) {
        const found = await stat(path.join(directory, folder, name)).catch(() => null);
        if (!found || found.mtime >= before) continue;
        total.files++;
        total.bytes += found.size;
      }
    }
    return total;
  }

  async close(): Promise<void> {
    await this.hashing.close();
  }
}
