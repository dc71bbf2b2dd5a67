import type { AudioFace, TextFace } from './manifest.js';

export type Provider = 'auto' | 'cpu' | 'cuda' | 'coreml' | 'dml';

/** The part of a logger that is used here; pino's fits. */
export interface ClapLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** What a worker thread needs to know of the model; structured-cloneable. */
export interface WorkerModel {
  graph: string;
  tokenizer: string;
  dimension: number;
  audio: AudioFace;
  text: TextFace;
  provider: Provider;
}

/** One window, `length` samples from the start of `buffer`; the buffer travels to the thread and back. */
export interface AudioRequest {
  buffer: ArrayBuffer;
  length: number;
}

export interface AudioReply {
  vector: Float32Array<ArrayBuffer>;
  usable: boolean;
  buffer: ArrayBuffer;
}

export interface TextRequest {
  texts: string[];
}

export interface TextReply {
  /** Row-major, one row per text. */
  vectors: Float32Array<ArrayBuffer>;
  usable: boolean[];
}

/** What a thread says: first `ready` or `broken`, then one `done` or `failed` per request. */
export type ThreadMessage<Reply> =
  | { kind: 'ready'; provider: string; fallbackReason: string | null }
  | { kind: 'broken'; reason: string }
  | { kind: 'done'; reply: Reply }
  | { kind: 'failed'; reason: string };
