import type { Awaitable } from '../awaitable.js';
import type { SoundFilters } from '../library/library.types.js';
import type { ModelInfo } from '../ingest/ingest.ports.js';
import type { HistoryEntry, KeywordHit, SearchMode, VectorSegment } from './search.types.js';

/** One addition to or removal from the set of segments, in the order they happened. */
export type SegmentChange =
  ({ seq: number; op: 'add' } & VectorSegment) | { seq: number; op: 'remove'; segmentId: number };

/** Where an index gets its content from: the database. */
export interface SegmentSource {
  /** Changes after `seq` for this model, at most `limit`, oldest first. A segment already removed may be left out. */
  changesSince(seq: number, modelKey: string, limit: number): Awaitable<SegmentChange[]>;
  /** The newest change; an index that has applied it is up to date. */
  latestSeq(): Awaitable<number>;
  segmentCount(modelKey: string): Awaitable<number>;
  /** Segments of one sound, in order of time. */
  segmentsOf(soundId: string, modelKey: string): Awaitable<{ startS: number; endS: number; vector: Float32Array }[]>;
}

export interface KeywordIndex {
  /**
   * Words match as prefixes, best first; all must occur, or with `any` enough of them, and then not only in automatic
   * tags. Any text is a valid query.
   * Only sounds that were processed at least once are found.
   */
  search(text: string, filters: SoundFilters, limit: number, match?: 'all' | 'any'): Awaitable<KeywordHit[]>;
}

export type CompletedField =
  'tag' | 'artist' | 'genre' | 'author' | 'licence' | 'format' | 'key' | 'collection' | 'folder' | 'owner';

/** What the library and past searches offer to complete a text with. Prefixes are folded. */
export interface Completions {
  /** Past searches that found something, most asked first. */
  queries(prefix: string, limit: number): Awaitable<string[]>;
  /** Most used first. */
  values(field: CompletedField, prefix: string, limit: number): Awaitable<string[]>;
  /** Sounds whose title or file name starts with the words, then those with words that start like them. */
  names(words: readonly string[], limit: number): Awaitable<{ id: string; name: string }[]>;
}

export interface TextEmbedder {
  readonly info: ModelInfo;
  /** One L2-normalised vector per text; answers from a cache where it can. */
  embedTexts(texts: readonly string[]): Promise<Float32Array[]>;
  /** Embeddings of a fixed, diverse set of sounds that came with the model (rows × dimension), or null. */
  readonly background: Float32Array | null;
}

/** Counts what changes in the library: while it stays the same, so does every answer. */
export interface ChangeCounter {
  number(): Awaitable<number>;
}

export interface SearchLine {
  /** Whose search it was; the first account's where nothing is said. */
  ownerId?: string;
  query: string;
  mode: SearchMode;
  resultCount: number;
  tookMs: number;
  topScore: number | null;
}

export interface SearchLog {
  record(line: SearchLine): Awaitable<void>;
  /** Several at once, oldest first, with when they were (ISO 8601 UTC). */
  recordAll(lines: readonly (SearchLine & { at: string })[]): Awaitable<void>;
  /** Newest first, each distinct query once. */
  recent(limit: number): Awaitable<HistoryEntry[]>;
  delete(id: number): Awaitable<boolean>;
  clear(): Awaitable<void>;
}
