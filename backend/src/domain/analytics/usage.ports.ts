import type { Awaitable } from '../awaitable.js';
import type { SoundKey } from '../library/library.types.js';

/** What happened from `from` (inclusive) to `to` (exclusive), both ISO 8601 UTC. */
export interface UsageSlice {
  searches: number;
  /** Searches that nothing fitted (verdict "none"). */
  unanswered: number;
  /** Of each search, milliseconds, in any order. */
  latenciesMs: number[];
  plays: number;
  uploads: number;
}

export interface QueryCount {
  query: string;
  count: number;
  lastAt: string;
}

/** Searches and plays as they were recorded. Uploads are those sounds that are still there. */
export interface UsageLog {
  /**
   * Records that a sound was listened to, unless the same sound was recorded within the last `atLeastApartS` seconds.
   * False when it was not recorded.
   */
  recordPlay(soundKey: SoundKey, atLeastApartS: number): Awaitable<boolean>;
  slice(from: string, to: string): Awaitable<UsageSlice>;
  /** Most frequent first; searches by sound alone have no words and are left out. */
  topQueries(from: string, which: 'all' | 'unanswered', limit: number): Awaitable<QueryCount[]>;
  /** Most played first. */
  topSounds(from: string, limit: number): Awaitable<{ soundKey: SoundKey; plays: number; lastAt: string }[]>;
  /** Each sound once, the one that was played last first. */
  recentSounds(limit: number): Awaitable<{ soundKey: SoundKey; lastAt: string }[]>;
  counts(): Awaitable<{ searches: number; plays: number; oldestAt: string | null }>;
  /** Forgets everything, or what is older than `before`. */
  forget(before?: string): Awaitable<{ searches: number; plays: number }>;
  /** Forgets at most `limit` rows that are older than `before` or beyond the newest `keep` of their kind; how many. */
  prune(before: string, keep: number, limit: number): Awaitable<number>;
}
