import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { DomainError, type ErrorCode } from '../domain/errors.js';
import type { AudioStore, PcmSource } from '../domain/library/library.ports.js';
import type { Hearing } from '../domain/library/library.types.js';
import { cancelled, type MediaSlots } from './media-slots.js';
import { workerEntry } from './worker-entry.js';
import type { Reason } from '../domain/reasons.js';
import { frameBytesOf, type PcmFormat } from '../domain/library/wav.js';

/** A listener who has taken nothing for this long has paused, and gives way to others. */
const IDLE_MS = 1_000;

export interface OpenPcm {
  path: string;
  codec: string | null;
  hearing: Hearing | null;
  /** More is an error. */
  maxDurationS: number;
  format: PcmFormat;
  gain: number | null;
  fromFrame: number;
}

export type PcmRequest = { id: number; kind: 'open'; what: OpenPcm } | { id: number; kind: 'pull' | 'stop' };
export type PcmMessage = { id: number } & (
  | { kind: 'bytes'; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'end' }
  | { kind: 'failed'; code: ErrorCode; said: string | readonly Reason[] }
);

/**
 * Decodes and converts for listeners in a thread of its own, which runs while somebody listens. Nothing is decoded ahead of who
 * reads; a stream that is destroyed ends its ffmpeg at once.
 */
export class PcmThread implements PcmSource {
  private worker: Worker | null = null;
  private lastId = 0;
  private readonly streams = new Map<number, PcmStream>();

  constructor(
    private readonly slots: MediaSlots,
    private readonly store: Pick<AudioStore, 'withLocalFile'>,
  ) {}

  async open(
    { sha256, ...what }: Omit<Parameters<PcmSource['open']>[0], 'forGuest'>,
    signal?: AbortSignal,
  ): Promise<Readable> {
    const release = await this.slots.acquire(signal);
    return new Promise((resolve, reject) => {
      const listen = (path: string): Promise<void> => {
        const stream = new PcmStream({ ...what, path }, release, this.slots, {
          open: (now, to) => this.connect(now, to),
          send: (request) => this.worker?.postMessage(request),
          close: (id) => this.disconnect(id),
        });
        const abort = (): void => void stream.destroy();
        signal?.addEventListener('abort', abort, { once: true });
        // Whoever answers with the stream must know before whether there is anything to hear.
        firstOf(stream, signal).then(() => resolve(stream), reject);
        // The file is needed until the listener has gone.
        return new Promise((gone) => {
          stream.once('close', () => {
            signal?.removeEventListener('abort', abort);
            gone();
          });
        });
      };
      const lent = this.store.withLocalFile(sha256, listen);
      lent.catch(release);
      lent.catch(reject);
    });
  }

  async close(): Promise<void> {
    for (const stream of this.streams.values()) stream.destroy();
    await this.worker?.terminate();
  }

  private connect(what: OpenPcm, stream: PcmStream): number {
    this.worker ??= this.startWorker();
    const id = ++this.lastId;
    this.streams.set(id, stream);
    this.worker.postMessage({ id, kind: 'open', what } satisfies PcmRequest);
    return id;
  }

  private disconnect(id: number): void {
    this.streams.delete(id);
    this.worker?.postMessage({ id, kind: 'stop' } satisfies PcmRequest);
  }

  private startWorker(): Worker {
    const { file, execArgv } = workerEntry(import.meta.url, 'pcm.worker');
    const worker = new Worker(file, { name: 'pcm', execArgv });
    worker.unref();
    worker.on('message', (message: PcmMessage) => this.streams.get(message.id)?.receive(message));
    const ended = (error?: Error): void => {
      if (this.worker === worker) this.worker = null;
      for (const stream of this.streams.values()) stream.destroy(error ?? new Error('the decoding thread ended'));
      this.streams.clear();
    };
    worker.on('error', ended);
    worker.on('exit', () => ended());
    return worker;
  }
}

/** Resolves once a stream has its first bytes, or none; rejects when it fails before. */
function firstOf(stream: Readable, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(cancelled(signal));
    stream.once('error', reject).once('close', gone);
    stream.once('readable', () => {
      stream.off('error', reject).off('close', gone);
      resolve();
    });
  });
}

interface Line {
  open(what: OpenPcm, stream: PcmStream): number;
  send(request: PcmRequest): void;
  close(id: number): void;
}

/** The samples of one listener. While it is idle it may be put down, and is taken up again where it was. */
class PcmStream extends Readable {
  private id: number | null = null;
  private frames = 0;
  private idle: NodeJS.Timeout | undefined;
  private takeBack: (() => void) | undefined;

  constructor(
    private readonly what: OpenPcm,
    private release: (() => void) | null,
    private readonly slots: MediaSlots,
    private readonly line: Line,
  ) {
    super({ highWaterMark: 1 });
    this.rest(true);
  }

  override _read(): void {
    this.rest(false);
    void this.pull();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.putDown();
    done(error);
  }

  receive(message: PcmMessage): void {
    switch (message.kind) {
      case 'bytes':
        this.frames += message.bytes.length / frameBytesOf(this.what.format);
        this.rest(true);
        this.push(message.bytes);
        return;
      case 'end':
        this.putDown();
        this.push(null);
        return;
      case 'failed':
        this.destroy(new DomainError(message.code, message.said));
    }
  }

  private async pull(): Promise<void> {
    try {
      this.release ??= await this.slots.acquire();
    } catch (error) {
      this.destroy(error as Error);
      return;
    }
    if (this.destroyed) {
      this.putDown();
      return;
    }
    this.id ??= this.line.open({ ...this.what, fromFrame: this.what.fromFrame + this.frames }, this);
    this.line.send({ id: this.id, kind: 'pull' });
  }

  /** After each chunk the listener has a second to ask for more. */
  private rest(resting: boolean): void {
    clearTimeout(this.idle);
    this.takeBack?.();
    this.takeBack = undefined;
    if (!resting) return;
    this.idle = setTimeout(() => (this.takeBack = this.slots.offer(() => this.putDown())), IDLE_MS);
  }

  private putDown(): void {
    this.rest(false);
    if (this.id !== null) this.line.close(this.id);
    this.id = null;
    this.release?.();
    this.release = null;
  }
}
