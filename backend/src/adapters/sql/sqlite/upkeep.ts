import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { DomainError } from '../../../domain/errors.js';
import type { DatabaseContents, DatabaseSource } from '../../../domain/backups/backups.ports.js';
import type { DatabaseUpkeep, Run } from '../../../domain/maintenance/maintenance.ports.js';
import type { Database } from './database.js';
import { contentsOf } from './contents.js';
import { workerEntry } from '../../worker-entry.js';
import { because } from '../../../domain/reasons.js';

/** What the thread is to do, as its workerData. */
export interface UpkeepSetup {
  file: string;
  task: { name: 'check' } | { name: 'compact' } | { name: 'backup'; to: string };
}

/** What it says. `complaints` is of the check. */
export type UpkeepMessage =
  { kind: 'progress'; progress: number } | { kind: 'done'; complaints: string[] } | { kind: 'failed'; message: string };

const INCREMENTAL = 2;

/** Each task opens the file once more, in a thread that ends with it: the API's own connection is never kept waiting. */
export class SqliteUpkeep implements DatabaseUpkeep, DatabaseSource {
  constructor(
    private readonly db: Database,
    private readonly file: string,
  ) {}

  async size(): Promise<{ bytes: number; freeBytes: number }> {
    const sizes = await Promise.all(
      ['', '-wal', '-shm'].map((ending) =>
        stat(this.file + ending).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    const freePages = this.db.pragma('freelist_count', { simple: true }) as number;
    const pageSize = this.db.pragma('page_size', { simple: true }) as number;
    return { bytes: sizes.reduce((sum, size) => sum + size, 0), freeBytes: freePages * pageSize };
  }

  check(run: Run): Promise<string[]> {
    return checkDatabase(this.file, run);
  }

  rewrites(): boolean {
    return this.db.pragma('auto_vacuum', { simple: true }) !== INCREMENTAL;
  }

  async compact(run: Run): Promise<{ beforeBytes: number; afterBytes: number }> {
    const before = await this.size();
    await inThread(this.file, { name: 'compact' }, run);
    const after = await this.size();
    return { beforeBytes: before.bytes, afterBytes: after.bytes };
  }

  async backup(to: string, run: Run): Promise<void> {
    await copyDatabase(this.file, to, run);
  }

  contents(file: string): DatabaseContents {
    return contentsOf(file);
  }
}

/** What is wrong with a database file that nobody else needs to have open. */
export const checkDatabase = (file: string, run: Run): Promise<string[]> => inThread(file, { name: 'check' }, run);

/** A consistent copy as of one moment; the file may be of any version, and others may go on writing to it. */
export async function copyDatabase(file: string, to: string, run: Run): Promise<void> {
  await inThread(file, { name: 'backup', to }, run);
}

function inThread(databaseFile: string, task: UpkeepSetup['task'], { signal, report }: Run): Promise<string[]> {
  signal.throwIfAborted();
  const { file, execArgv } = workerEntry(import.meta.url, 'upkeep.worker');
  const setup: UpkeepSetup = { file: databaseFile, task };
  const worker = new Worker(file, { workerData: setup, name: `upkeep-${task.name}`, execArgv });
  return new Promise<string[]>((resolve, reject) => {
    // SQLite finishes the step it is at; every step is whole by itself.
    const stop = (): void => {
      void worker.terminate();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
    worker.on('message', (message: UpkeepMessage) => {
      if (message.kind === 'progress') report(message.progress);
      else if (message.kind === 'done') resolve(message.complaints);
      else reject(failed(message.message));
    });
    worker.once('error', (error) => reject(failed(error.message, error)));
    worker.once('exit', () => {
      signal.removeEventListener('abort', stop);
      reject(failed('The thread ended without an answer.'));
    });
  });
}

function failed(message: string, cause: unknown = message): DomainError {
  if (/disk is full/i.test(message)) {
    return new DomainError('storage_full', because('disk_full_for_upkeep'), { cause });
  }
  if (/database is locked/i.test(message)) {
    return new DomainError('conflict', because('database_in_use'), {
      cause,
    });
  }
  return new DomainError('internal', because('database_could_not'), {
    cause,
  });
}
