import type { AudioInput } from './audio-input.js';
import type { FrameRange } from './log-mel.js';
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
  /** Path of the list of words that its texts taught it; null where it came with none. */
  words: string | null;
  dimension: number;
  audio: AudioFace;
  text: TextFace;
  provider: Provider;
}

/** What a worker thread answers to, by name. */
export type Calls = Record<string, { request: unknown; reply: unknown }>;

export type AudioCalls = {
  /**
   * The graph's input for one window, `length` samples from the start of `buffer`, without the frames that are known
   * already. The buffer travels to the thread and back.
   */
  features: {
    request: { buffer: ArrayBuffer; length: number; known: FrameRange | null };
    reply: { input: AudioInput; buffer: ArrayBuffer };
  };
  embed: {
    request: AudioInput;
    reply: { vector: Float32Array<ArrayBuffer>; usable: boolean };
  };
};

export type TextCalls = {
  /** `vectors`: row-major, one row per text. */
  embed: { request: { texts: string[] }; reply: { vectors: Float32Array<ArrayBuffer>; usable: boolean[] } };
};

/** One call as it travels to a thread. */
export interface ThreadRequest {
  call: string;
  request: unknown;
}

/** What a thread says: first `ready` or `broken`, then one `done` or `failed` per request. */
export type ThreadMessage =
  | { kind: 'ready'; provider: string; fallbackReason: string | null }
  | { kind: 'broken'; reason: string }
  | { kind: 'done'; reply: unknown }
  | { kind: 'failed'; reason: string };
