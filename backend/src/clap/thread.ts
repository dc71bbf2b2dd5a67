import { Worker } from 'node:worker_threads';
import { DomainError } from '../domain/errors.js';
import type { Calls, ThreadMessage, ThreadRequest, WorkerModel } from './embedder.types.js';
import { because } from '../domain/reasons.js';

/** Long enough for a run in progress; a thread that does not end by itself is ended. */
const CLOSE_GRACE_MS = 5000;

interface Pending {
  resolve: (reply: unknown) => void;
  reject: (error: DomainError) => void;
}

export interface ThreadOptions {
  entry: 'audio' | 'text';
  /** For messages to people. */
  modelName: string;
  model: WorkerModel;
  /** The graph is open; see `ThreadMessage`. */
  onReady: (provider: string, fallbackReason: string | null) => void;
}

/**
 * A worker thread with an open graph, answering one request at a time. It starts at once and loads the graph by itself;
 * requests wait for that. While it has nothing to do it does not keep the process alive.
 */
export class InferenceThread<C extends Calls> {
  private readonly worker: Worker;
  private readonly ended: Promise<void>;
  private pending: Pending | null = null;
  private ready = false;
  /** Why the thread can take no more requests; null while it can. */
  private death: DomainError | null = null;

  constructor(private readonly options: ThreadOptions) {
    const { file, execArgv } = entryPoint(options.entry);
    this.worker = new Worker(file, { workerData: options.model, name: `clap-${options.entry}`, execArgv });
    this.worker.unref();
    this.worker.on('message', (message: ThreadMessage) => this.onMessage(message));
    this.worker.on('error', (error) =>
      this.die(this.ready || isOutOfMemory(error) ? stopped(error) : notStarted(error)),
    );
    this.ended = new Promise((resolve) => {
      this.worker.on('exit', () => {
        this.die(stopped());
        resolve();
      });
    });
  }

  get alive(): boolean {
    return this.death === null;
  }

  /**
   * Sends one request; the caller waits for its reply before the next one.
   * @throws DomainError `model_unavailable` when the graph cannot be opened or run; a transient one when the thread dies.
   */
  run<K extends keyof C & string>(
    call: K,
    request: C[K]['request'],
    transfer: ArrayBuffer[] = [],
  ): Promise<C[K]['reply']> {
    if (this.death) return Promise.reject(this.death);
    return new Promise((resolve, reject) => {
      this.pending = { resolve, reject };
      this.worker.ref();
      this.worker.postMessage({ call, request } satisfies ThreadRequest, transfer);
    });
  }

  /** Ends the thread after the run in progress, whose caller is told that it was cancelled. Idempotent. */
  async close(): Promise<void> {
    this.die(new DomainError('cancelled', 'The embedding was stopped because the program is shutting down.'));
    this.worker.postMessage('close');
    const grace = setTimeout(() => void this.worker.terminate(), CLOSE_GRACE_MS);
    await this.ended;
    clearTimeout(grace);
  }

  private onMessage(message: ThreadMessage): void {
    const { modelName, onReady } = this.options;
    switch (message.kind) {
      case 'ready':
        this.ready = true;
        onReady(message.provider, message.fallbackReason);
        return;
      case 'broken':
        this.die(
          new DomainError('model_unavailable', because('model_not_opened', { model: modelName }), {
            cause: message.reason,
          }),
        );
        return;
      case 'done':
        this.settle()?.resolve(message.reply);
        return;
      case 'failed':
        this.settle()?.reject(
          new DomainError('model_unavailable', because('model_not_run', { model: modelName }), {
            cause: message.reason,
          }),
        );
    }
  }

  private settle(): Pending | null {
    const pending = this.pending;
    this.pending = null;
    this.worker.unref();
    return pending;
  }

  private die(reason: DomainError): void {
    this.death ??= reason;
    this.settle()?.reject(this.death);
  }
}

const stopped = (cause?: unknown): DomainError =>
  new DomainError('internal', because('model_thread_ended'), {
    cause,
    transient: true,
  });

/** Trying again would not help: the thread's own code or the native library does not load. */
const notStarted = (cause: unknown): DomainError =>
  new DomainError('model_unavailable', because('model_runtime_missing'), { cause });

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';

/** The compiled module; run from TypeScript sources (tests), the source itself through a loader for them. */
function entryPoint(entry: 'audio' | 'text'): { file: URL; execArgv: string[] } {
  if (!import.meta.url.endsWith('.ts')) return { file: new URL(`./${entry}.worker.js`, import.meta.url), execArgv: [] };
  const loader = new URL('../../test/typescript-worker.mjs', import.meta.url).href;
  return { file: new URL(`./${entry}.worker.ts`, import.meta.url), execArgv: ['--import', loader] };
}
