import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DomainError } from '../../domain/errors.js';
import {
  STOP,
  type CallName,
  type Calls,
  type ThreadCounts,
  type ThreadReply,
  type ThreadRequest,
  type ThreadSetup,
} from './protocol.js';
import { workerEntry } from '../worker-entry.js';
import { because } from '../../domain/reasons.js';

/** How long a thread that was asked to stop may take. */
const PATIENCE_MS = 10_000;

interface Pending {
  resolve: (reply: never) => void;
  reject: (error: Error) => void;
}

/** The thread that holds the index, as calls that return promises. */
export class IndexThread {
  counts: ThreadCounts = { segments: 0, sounds: 0, memoryBytes: 0 };
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  private ended = false;

  /** @param onCrash told once when the thread ends without having been closed */
  constructor(setup: ThreadSetup, onCrash: (error: unknown) => void) {
    const { file, execArgv } = workerEntry(import.meta.url, 'index.worker');
    this.worker = new Worker(file, { workerData: setup, name: 'index', execArgv });
    this.worker.on('message', (message: ThreadReply) => this.onReply(message));
    let cause: unknown;
    this.worker.on('error', (error) => (cause = error));
    this.worker.on('exit', () => {
      const crashed = !this.ended;
      this.end(cause);
      if (crashed) onCrash(cause);
    });
  }

  /**
   * @throws DomainError `not_ready` (transient) when the thread ends before it has answered; `internal` when the call fails.
   */
  call<Name extends CallName>(
    name: Name,
    request: Calls[Name]['request'],
    transfer: ArrayBuffer[] = [],
  ): Promise<Calls[Name]['reply']> {
    if (this.ended) return Promise.reject(stopped());
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ id, name, request } satisfies ThreadRequest<Name>, transfer);
    });
  }

  /** The thread ends by itself between two calls: hnswlib brings the whole process down when it is interrupted in one. */
  async close(): Promise<void> {
    if (this.ended) return;
    this.end(undefined);
    const gone = once(this.worker, 'exit');
    this.worker.postMessage(STOP);
    const late = setTimeout(() => void this.worker.terminate(), PATIENCE_MS);
    await gone;
    clearTimeout(late);
  }

  private onReply(message: ThreadReply): void {
    this.counts = message.counts;
    const pending = this.pending.get(message.id);
    this.pending.delete(message.id);
    if (message.ok) pending?.resolve(message.reply as never);
    else {
      const failed = new DomainError('internal', because('index_failed'), {
        cause: message.message,
      });
      pending?.reject(failed);
    }
  }

  private end(cause: unknown): void {
    this.ended = true;
    for (const { reject } of this.pending.values()) reject(stopped(cause));
    this.pending.clear();
  }
}

const stopped = (cause?: unknown): DomainError =>
  new DomainError('not_ready', because('index_restarting'), {
    cause,
    transient: true,
  });
