import { Worker } from 'node:worker_threads';
import type { BackupOrder, BackupPlace } from '../../domain/backups/backups.ports.js';
import type { Backup } from '../../domain/backups/backups.types.js';
import { DomainError, type ErrorCode } from '../../domain/errors.js';
import type { Run } from '../../domain/maintenance/maintenance.ports.js';
import { because, type Reason } from '../../domain/reasons.js';
import { workerEntry } from '../worker-entry.js';
import { Vault, type VaultOptions } from './vault.js';

/** What the thread is to do, as its workerData. */
export interface VaultSetup {
  options: VaultOptions;
  task: { name: 'write'; order: BackupOrder } | { name: 'remove'; ids: readonly string[] };
}

/** What it says. To stop, it is sent anything. */
export type VaultMessage =
  | { kind: 'progress'; progress: number }
  | { kind: 'done'; answer: unknown }
  | { kind: 'failed'; code: ErrorCode; reasons: readonly Reason[]; message: string };

/** A {@link Vault} that hashes and seals in a thread of its own; what is short is done here. */
export class ThreadVault implements BackupPlace {
  readonly #vault: Vault;

  constructor(private readonly options: VaultOptions) {
    this.#vault = new Vault(options);
  }

  get encrypted(): boolean {
    return this.#vault.encrypted;
  }

  id(): Promise<string | null> {
    return this.#vault.id();
  }

  list(): Promise<Backup[]> {
    return this.#vault.list();
  }

  async write(order: BackupOrder, run: Run): Promise<Backup> {
    return (await this.#inThread({ name: 'write', order }, run)) as Backup;
  }

  async remove(ids: readonly string[]): Promise<number> {
    return (await this.#inThread({ name: 'remove', ids })) as number;
  }

  async #inThread(task: VaultSetup['task'], run?: Run): Promise<unknown> {
    run?.signal.throwIfAborted();
    const { file, execArgv } = workerEntry(import.meta.url, 'vault.worker');
    const setup: VaultSetup = { options: this.options, task };
    const worker = new Worker(file, { workerData: setup, name: `vault-${task.name}`, execArgv });
    const stop = (): void => worker.postMessage('stop');
    run?.signal.addEventListener('abort', stop, { once: true });
    try {
      return await new Promise<unknown>((resolve, reject) => {
        worker.on('message', (message: VaultMessage) => {
          if (message.kind === 'progress') run?.report(message.progress);
          else if (message.kind === 'done') resolve(message.answer);
          else if (run?.signal.aborted) reject(run.signal.reason as Error);
          else reject(new DomainError(message.code, message.reasons, { cause: message.message }));
        });
        const failed = (cause?: unknown): DomainError => new DomainError('internal', because('work_failed'), { cause });
        worker.once('error', (error) => reject(failed(error)));
        worker.once('exit', () => reject(failed()));
      });
    } finally {
      run?.signal.removeEventListener('abort', stop);
    }
  }
}
