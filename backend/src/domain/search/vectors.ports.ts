import type { Background, IndexStatus, VectorAnswer, VectorQuery, VectorSegment } from './search.types.js';

/** What an engine can do beyond what each must. */
export interface VectorCapabilities {
  /** An answer tells `background` along: there is no need to ask `sampleScores`. */
  tellsBackground: boolean;
}

/** Segments of one model with their vectors: what goes in can be found at once, what goes out no longer. */
export interface Vectors {
  readonly capabilities: VectorCapabilities;
  /**
   * Adds segments, each id once; one that is there already is put in place of what it was.
   * @throws DomainError `invalid_input` for a vector of another length, and nothing is added
   */
  upsert(segments: readonly VectorSegment[]): Promise<void>;
  /** What is not there is passed over. */
  remove(segmentIds: readonly number[]): Promise<void>;
  /**
   * The sounds whose best segments are nearest: each once, best first. Filters are met exactly.
   * @throws DomainError `invalid_input` for a vector of another length; `not_ready` (transient) while there is nothing to
   * answer from
   */
  search(query: VectorQuery): Promise<VectorAnswer>;
  /** What is usual for a vector here, so that a score can be told from it. */
  sampleScores(vector: Float32Array): Promise<Background>;
}

/** Vectors that are kept as the database says: derived from it, and thrown away and made anew at any time. */
export interface VectorIndex extends Pick<Vectors, 'capabilities' | 'search' | 'sampleScores'> {
  /** Takes up what is there if it fits, else starts empty; then applies what is newer. */
  open(): Promise<void>;
  /** Applies changes made since. Cheap when there are none. */
  refresh(): Promise<void>;
  rebuild(): Promise<void>;
  status(): IndexStatus;
  close(): Promise<void>;
}
