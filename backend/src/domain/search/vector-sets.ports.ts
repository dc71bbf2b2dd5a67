import type { Awaitable } from '../awaitable.js';

/** Vectors of one model in an engine outside of the database, which holds all that is known of them. */
export interface VectorSet {
  /** Where the engine has them; never used again for others. */
  name: string;
  modelKey: string;
  /** The last change of the library's segments that the engine was given. */
  seq: number;
  /** Whether it was complete once: only then searches are answered from it. */
  filled: boolean;
}

/** What the library knows of sets of vectors elsewhere: which one answers for a model, and how far it goes. */
export interface VectorSets {
  /** The set that answers for a model. */
  active(modelKey: string): Awaitable<VectorSet | null>;
  /** Notes a set before the engine makes it, so that none is left behind unknown; it does not answer yet. */
  add(name: string, modelKey: string): Awaitable<void>;
  /** Lets a set answer in the place of the former one of its model. */
  activate(name: string): Awaitable<void>;
  /** False, with nothing written, when it does not stand at `from` any more: another process has written to it. */
  advance(name: string, from: number, to: Pick<VectorSet, 'seq' | 'filled'>): Awaitable<boolean>;
  /** Has changes applied again that came after `seq`. */
  rewind(name: string, seq: number): Awaitable<void>;
  /** Sets that answer for none of these models, or no longer. */
  unwanted(modelKeys: readonly string[]): Awaitable<VectorSet[]>;
  forget(name: string): Awaitable<void>;
}

/** Which segments there are, for engines that hear of what is gone a little later. */
export interface PresentSegments {
  /** Those of the segments that are in the library; what is in the bin is not. */
  present(segmentIds: readonly number[]): Awaitable<ReadonlySet<number>>;
}
