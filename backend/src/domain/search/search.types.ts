import type { AspectWeights } from '../analysis/aspects.types.js';
import type { NoteHit } from './notes.js';
import type { Reason } from './reasons.js';
import type { Reason as Hindrance } from '../reasons.js';
import type { Sound, SoundFilters, SoundKey } from '../library/library.types.js';
import type { ResultOrder } from './query-sorts.js';

export type SearchMode = 'hybrid' | 'semantic' | 'keyword';
export type Verdict = 'good' | 'weak' | 'none';

export interface TextPart {
  text: string;
  /** Negative means "less of this". Default 1. */
  weight: number;
}

export interface SoundPart {
  soundId: string;
  startS?: number | undefined;
  endS?: number | undefined;
  weight: number;
  /** By what it is to be like; as a whole where nothing is said. Counts for what is wanted only. */
  aspects?: AspectWeights | undefined;
}

export interface SearchRequest {
  text: TextPart[];
  like: SoundPart[];
  /** Embeddings of uploaded clips, one L2-normalised vector each. */
  clips: { vector: Float32Array; weight: number; name: string }[];
  filters: SoundFilters;
  /** What was typed into the search box, for the history; the rest of the request says what it means. */
  typed?: string | undefined;
  /** False keeps it out of the history: an export repeats a search that was made before. */
  recorded?: boolean;
  /** Every copy of a sound as a result of its own; else the best stands for all. */
  showCopies?: boolean | undefined;
  mode: SearchMode;
  /** Puts those that fit in this order; else the best come first. */
  sort?: ResultOrder | undefined;
  limit: number;
  offset: number;
}

/** A stretch of a sound that matched. Score is the raw cosine. */
export interface Match {
  startS: number;
  endS: number;
  score: number;
}

export interface SearchResult {
  sound: Sound;
  /** How many other sounds are copies of it. */
  copies: number;
  /** Raw cosine of the best segment; null for a pure keyword hit. */
  score: number | null;
  /** 0..1, calibrated against how the same query scores unrelated sound; null when nothing was described. */
  relevance: number | null;
  /** Whether it alone would keep the verdict from being `none`. */
  fits: boolean;
  matches: Match[];
  /** Markers that have what was searched for in their text. */
  notes: NoteHit[];
  /** Why this is here. */
  reasons: Reason[];
}

/** The reason, for programs and for people, that a search could not go by how things sound. */
export interface WordsOnly {
  /** The index is being rebuilt, or the model cannot read the text. */
  code: 'not_ready' | 'invalid_input';
  message: string;
}

export interface SearchAnswer {
  query: string;
  model: string;
  tookMs: number;
  total: number;
  /** How many of them fit, as far as they were ranked. */
  fitting: number;
  /** Whether more may fit than were ranked. */
  moreFit: boolean;
  verdict: Verdict;
  /** Set when a search could not go by sound: hybrid goes by names and tags alone then, semantic finds nothing. */
  wordsOnly: WordsOnly | null;
  results: SearchResult[];
}

/** One window of a sound with its vector. */
export interface VectorSegment {
  segmentId: number;
  soundKey: SoundKey;
  startS: number;
  endS: number;
  /** L2-normalised, of the model's dimension. */
  vector: Float32Array;
}

/** Which sounds may be found. */
export interface VectorFilter {
  /** Only these; null allows all. */
  among: Int32Array | null;
  /** Leaves these out. */
  except?: readonly SoundKey[] | Int32Array;
}

export interface VectorQuery {
  /** L2-normalised, of the model's dimension. */
  vector: Float32Array;
  filter: VectorFilter;
  /** How many sounds to return. */
  limit: number;
  /** How many of a sound's best segments to return with it. */
  matchesPerSound: number;
  /** Return these in any case, if the filter allows them, beside the `limit` nearest. */
  include?: readonly SoundKey[] | Int32Array;
}

export interface VectorHit {
  soundKey: SoundKey;
  score: number;
  /** Best first. */
  matches: Match[];
}

/** How a vector scores sounds that have nothing to do with it: by their best segments, all of them or an even sample. */
export interface Background {
  mean: number;
  std: number;
  count: number;
}

export interface VectorAnswer {
  hits: VectorHit[];
  /** How many sounds could be ranked: those allowed that have segments. */
  total: number;
  /** See `sampleScores`; null where that is to be asked for by itself. */
  background: Background | null;
  /** False when the approximate index answered. */
  exact: boolean;
}

export interface IndexStatus {
  state: 'loading' | 'ready' | 'rebuilding';
  /** 0..1 while loading or rebuilding. */
  progress: number;
  segments: number;
  sounds: number;
  modelKey: string;
  /** The last change of the library's segments that it holds. */
  seq: number;
  memoryBytes: number;
  /** Why it cannot do its work at the moment. */
  problem?: Hindrance | null;
}

export interface KeywordHit {
  soundKey: SoundKey;
  /** Larger is better. */
  score: number;
  /** Which fields matched, for the reasons shown: `title`, `tags`, `filename`… */
  fields: readonly string[];
  /** Share of the query's meaning that was found, 0..1: rare words weigh more. 1 when all words were. */
  coverage: number;
  /** The whole text is the sound's title or file name. */
  exact: boolean;
}

export interface HistoryEntry {
  id: number;
  query: string;
  mode: SearchMode;
  resultCount: number;
  tookMs: number;
  createdAt: string;
}
