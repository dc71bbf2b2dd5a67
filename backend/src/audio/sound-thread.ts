import { Worker } from 'node:worker_threads';
import type { SoundAnalysis } from '../domain/analysis/analysis.types.js';
import type { PlainOptions, PlainSound } from './plain/plain-reader.js';
import { workerEntry } from './worker-entry.js';

/** What the thread can be asked, and what it answers. */
export interface SoundCalls {
  /** @see PlainReader */
  read: { request: { path: string; options: PlainOptions }; reply: PlainSound | null };
  /** The next part of a sound; after the last one its tempo, key, fingerprint and the rest. */
  analyse: {
    request: { id: number; pieces: Float32Array[]; sampleRateHz: number; isFirst: boolean; isLast: boolean };
    reply: SoundAnalysis | null;
  };
  /** No more parts of this sound will come. */
  forget: { request: { id: number }; reply: null };
}

export type SoundRequest = {
  [K in keyof SoundCalls]: { id: number; call: K; request: SoundCalls[K]['request'] };
}[keyof SoundCalls];

export type SoundReply = { id: number } & ({ reply: SoundCalls[keyof SoundCalls]['reply'] } | { failure: string });

interface Waiting {
  resolve: (reply: never) => void;
  reject: (error: Error) => void;
}

/** Works on sounds beside the thread that has them come in. Starts with the first of them; one that died is started again. */
export class SoundThread {
  private worker: Worker | null = null;
  private lastId = 0;
  private readonly waiting = new Map<number, Waiting>();

  /** @throws when it cannot be done, or the thread ends */
  ask<K extends keyof SoundCalls>(
    call: K,
    request: SoundCalls[K]['request'],
    transfer: ArrayBuffer[] = [],
  ): Promise<SoundCalls[K]['reply']> {
    const worker = (this.worker ??= this.start());
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      worker.postMessage({ id, call, request }, transfer);
    });
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private start(): Worker {
    const { file, execArgv } = workerEntry(import.meta.url, 'sound.worker');
    const worker = new Worker(file, { name: 'sounds', execArgv });
    worker.unref();
    worker.on('message', (message: SoundReply) => {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if ('failure' in message) waiting?.reject(new Error(message.failure));
      else waiting?.resolve(message.reply as never);
    });
    const ended = (error?: Error): void => {
      if (this.worker !== worker) return;
      this.worker = null;
      const lost = [...this.waiting.values()];
      this.waiting.clear();
      for (const { reject } of lost) reject(error ?? new Error('the thread that works on sounds ended'));
    };
    worker.on('error', ended);
    worker.on('exit', () => ended());
    return worker;
  }
}
