import type { Background, VectorQuery } from '../../domain/search/search.types.js';
import type { ChangeBlock, EngineOptions } from './index.engine.js';
import type { PackedAnswer } from './pack.js';

/** What the index thread is started with. */
export interface ThreadSetup {
  folder: string;
  modelKey: string;
  engine: EngineOptions;
}

/** Questions by name: what goes to the thread and what comes back. */
export interface Calls {
  /** Loads the snapshot; the number of the last change in it, or null when there is none to use. */
  load: { request: null; reply: number | null };
  /** Whether everything in the block is known just so (and everything removed unknown). */
  agrees: { request: ChangeBlock; reply: boolean };
  /** Starts a second, empty index beside the one that answers; changes go there until `swap`. */
  restart: { request: null; reply: null };
  swap: { request: null; reply: null };
  apply: { request: ChangeBlock; reply: null };
  search: { request: VectorQuery; reply: PackedAnswer };
  sample: { request: Float32Array; reply: Background };
  save: { request: { lastSeq: number }; reply: null };
}

export type CallName = keyof Calls;

export interface ThreadRequest<Name extends CallName = CallName> {
  id: number;
  name: Name;
  request: Calls[Name]['request'];
}

export interface ThreadCounts {
  segments: number;
  sounds: number;
  memoryBytes: number;
}

/** Each reply carries the counts, so that the status is always at hand. */
export type ThreadReply =
  | { id: number; ok: true; reply: unknown; counts: ThreadCounts }
  | { id: number; ok: false; message: string; counts: ThreadCounts };

/** Asks the thread to end. */
export const STOP = 'stop';
