import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { DomainError } from '../../domain/errors.js';
import type { FileAudit } from '../../domain/maintenance/maintenance.ports.js';
import type { FileFault } from '../../domain/maintenance/maintenance.types.js';
import type { DiskAudioStore } from './disk-audio-store.js';
import { because } from '../../domain/reasons.js';
import { workerEntry } from '../worker-entry.js';

export interface HashRequest {
  id: number;
  file: string;
}

/** `sha256` is null when the file could not be read. */
export interface HashReply {
  id: number;
  sha256: string | null;
}

const NAME = /^[0-9a-f]{64}$/;

/** Looks at the files of a {@link DiskAudioStore}. Hashing runs in a thread, which is started when first needed. */
export class DiskFileAudit implements FileAudit {
  private hashing: Worker | null = null;
  private readonly waiting = new Map<number, { resolve: (hash: string | null) => void; reject: (e: Error) => void }>();
  private lastId = 0;

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
    return (await this.hash(file, signal)) === sha256 ? null : 'damaged';
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
    await this.hashing?.terminate();
  }

  private hash(file: string, signal: AbortSignal): Promise<string | null> {
    signal.throwIfAborted();
    const worker = (this.hashing ??= this.start());
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        void worker.terminate();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', stop, { once: true });
      const done = (): void => {
        signal.removeEventListener('abort', stop);
        this.waiting.delete(id);
        if (this.waiting.size === 0) worker.unref();
      };
      this.waiting.set(id, {
        resolve: (hash) => (done(), resolve(hash)),
        reject: (error) => (done(), reject(error)),
      });
      worker.ref();
      worker.postMessage({ id, file } satisfies HashRequest);
    });
  }

  private start(): Worker {
    const { file, execArgv } = workerEntry(import.meta.url, 'hash.worker');
    const worker = new Worker(file, { name: 'hash', execArgv });
    worker.on('message', ({ id, sha256 }: HashReply) => this.waiting.get(id)?.resolve(sha256));
    worker.once('exit', () => {
      this.hashing = null;
      const gone = new DomainError('internal', because('files_thread_ended'));
      for (const { reject } of this.waiting.values()) reject(gone);
    });
    worker.on('error', () => undefined);
    return worker;
  }
}
