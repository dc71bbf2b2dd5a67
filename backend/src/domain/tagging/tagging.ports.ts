import type { Awaitable } from '../awaitable.js';
import type { AutoTag, StaleSound, TagCount, VocabularyEdits } from './tagging.types.js';

/**
 * Automatic tags and what they were made with. A stamp names a vocabulary and a model; a sound is stale when it was
 * tagged under another stamp, never, or before it was last processed. Each call is short.
 */
export interface TagRepository {
  edits(): Awaitable<VocabularyEdits>;
  saveEdits(edits: VocabularyEdits): Awaitable<void>;
  /**
   * Stale sounds that are ready and have vectors of the model, in order of age from after `cursor` (0 at first). Looks
   * at a part of the library only: `cursor` of the answer is null when there is nothing behind it.
   */
  stale(
    stamp: string,
    modelKey: string,
    cursor: number,
    limit: number,
  ): Awaitable<{ sounds: StaleSound[]; cursor: number | null }>;
  /** Those of the sounds that are stale. */
  staleAmong(stamp: string, modelKey: string, soundIds: readonly string[]): Awaitable<StaleSound[]>;
  /**
   * Replaces the automatic tags of these sounds and marks them with the stamp, in one transaction. Tags that a person
   * rejected are left out; a sound that was deleted or processed again meanwhile is left as it is. Returns the ids of
   * the sounds whose automatic tags changed.
   */
  save(stamp: string, results: readonly { sound: StaleSound; tags: readonly AutoTag[] }[]): Awaitable<string[]>;
  /** Makes sounds stale (null: all), and with `rejected` forgets which tags were rejected on them. Gives back ids that are none. */
  forget(soundIds: readonly string[] | null, options: { rejected: boolean }): Awaitable<string[]>;
  /** How many ready sounds there are, and how many of them were tagged under this stamp. */
  progress(stamp: string): Awaitable<{ ready: number; tagged: number }>;
  /** All tags whose name or one of its words starts with `prefix`, most used first. */
  counts(prefix: string, limit: number): Awaitable<{ items: TagCount[]; total: number }>;
}
