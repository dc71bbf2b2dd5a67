import { Worker } from 'node:worker_threads';
import { DomainError } from '../domain/errors.js';
import { because } from '../domain/reasons.js';
import { workerEntry } from './worker-entry.js';

export interface HashRequest {
  id: number;
  file: string;
}

/** `sha256` is null when the file could not be read. */
export interface HashReply {
  id: number;
  sha256: string | null;
}

/** Hashes files, one after the other, in a thread that is started when it is first needed. */
export class HashThread {
  private thread: Worker | null = null;
  private readonly waiting = new Map<number, { resolve: (hash: string | null) => void; reject: (e: Error) => void }>();
  private lastId = 0;

  /**
   * @returns SHA-256 in lower-case hex; null when the file cannot be read
   * @throws what `signal` was aborted with, which ends all that is asked for at the moment
   */
  hash(file: string, signal: AbortSignal): Promise<string | null> {
    signal.throwIfAborted();
    const thread = (this.thread ??= this.start());
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        void thread.terminate();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', stop, { once: true });
      const done = (): void => {
        signal.removeEventListener('abort', stop);
        this.waiting.delete(id);
        if (this.waiting.size === 0) thread.unref();
      };
      this.waiting.set(id, {
        resolve: (hash) => (done(), resolve(hash)),
        reject: (error) => (done(), reject(error)),
      });
      thread.ref();
      thread.postMessage({ id, file } satisfies HashRequest);
    });
  }

  async close(): Promise<void> {
    await this.thread?.terminate();
  }

  private start(): Worker {
    const { file, execArgv } = workerEntry(import.meta.url, 'hash.worker');
    const thread = new Worker(file, { name: 'hash', execArgv });
    thread.on('message', ({ id, sha256 }: HashReply) => this.waiting.get(id)?.resolve(sha256));
    thread.once('exit', () => {
      this.thread = null;
      const gone = new DomainError('internal', because('files_thread_ended'));
      for (const { reject } of this.waiting.values()) reject(gone);
    });
    thread.on('error', () => undefined);
    return thread;
  }
}
