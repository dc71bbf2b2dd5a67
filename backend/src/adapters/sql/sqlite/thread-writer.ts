import { Worker } from 'node:worker_threads';
import BetterSqlite3 from 'better-sqlite3';
import { DomainError } from '../../../domain/errors.js';
import { WRITE_PATIENCE_MS } from './busy.js';
import type { StoreSettings, WriteCall, Writer } from '../stores.js';
import { workerEntry } from '../../worker-entry.js';

/** What the thread is given, as its workerData. */
export interface WriteSetup extends StoreSettings {
  file: string;
}

export type WriteRequest = { id: number; call: WriteCall; deadline: number } | 'close';

/** An error on its way between threads: what it is, and what people may know of it. */
export type SentError =
  | { kind: 'domain'; args: ConstructorParameters<typeof DomainError> }
  | { kind: 'sqlite'; message: string; code: string }
  | { kind: 'other'; error: unknown };

export type WriteAnswer = { id: number; value: unknown } | { id: number; error: SentError };

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Writes in a thread with a connection of its own, one after the other in the order they come: neither the wait for other
 * processes nor the disk holds up whoever answers requests. A thread that dies is started again by the next write.
 */
export class ThreadWriter implements Writer {
  private thread: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  constructor(
    private readonly setup: WriteSetup,
    private readonly patienceMs = WRITE_PATIENCE_MS,
  ) {
    this.thread = this.start();
  }

  write(call: WriteCall): Promise<unknown> {
    const id = ++this.lastId;
    const request: WriteRequest = { id, call, deadline: Date.now() + this.patienceMs };
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      (this.thread ??= this.start()).postMessage(request);
    });
  }

  async close(): Promise<void> {
    const { thread } = this;
    if (!thread) return;
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.postMessage('close' satisfies WriteRequest);
    await ended;
  }

  private start(): Worker {
    const { file, execArgv } = workerEntry(import.meta.url, 'write.worker');
    const thread = new Worker(file, { workerData: this.setup, name: 'writer', execArgv });
    thread.on('message', (answer: WriteAnswer) => {
      const waiting = this.waiting.get(answer.id);
      this.waiting.delete(answer.id);
      if ('error' in answer) waiting?.reject(received(answer.error));
      else waiting?.resolve(answer.value);
    });
    thread.once('error', (error) => this.lost(thread, error));
    thread.once('exit', () => this.lost(thread, new Error('the thread that writes to the database ended')));
    return thread;
  }

  private lost(thread: Worker, error: unknown): void {
    if (this.thread !== thread) return;
    this.thread = null;
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}

function received(error: SentError): unknown {
  if (error.kind === 'domain') return new DomainError(...error.args);
  if (error.kind === 'sqlite') return new BetterSqlite3.SqliteError(error.message, error.code);
  return error.error;
}
