import type { Awaitable } from '../awaitable.js';
import type { Hearing } from '../library/library.types.js';
import type { Loudness, SoundAnalysis } from './analysis.types.js';

/** Listens while mono samples stream by, in bounded memory. */
export interface SoundAnalyzer {
  /** To be awaited before the next call: it may be behind. The samples are the caller's again then. */
  push(samples: Float32Array): Awaitable<void>;
  finish(): Awaitable<SoundAnalysis>;
  /** Instead of `finish`, or after it. */
  cancel(): void;
}

/** Which sounds were listened to by which version of the estimators, and how. */
export interface AnalysisRepository {
  /** Ready sounds, and those of them that are not pending. */
  progress(version: number): Awaitable<{ ready: number; heard: number }>;
  /**
   * Ready sounds that this version has not heard, of whose channels nobody has asked how they go together, or whose file nobody
   * has asked for the bits of its samples or when it was recorded; newest first.
   */
  pending(version: number, limit: number): Awaitable<string[]>;
  /** What a sound is pending for; null when it is not. */
  wants(soundId: string, version: number): Awaitable<AnalysisWants | null>;
  /** Keeps an analysis; what the file's tags or a person say stays. False when the sound is not ready (any more). */
  save(soundId: string, analysis: SoundAnalysis, loudness: Loudness | null): Awaitable<boolean>;
  /** Keeps what its file says, where nothing was kept yet; also that it says nothing: it is asked once. */
  keepSaid(soundId: string, said: { bitsPerSample?: number | null; recorded?: string | null }): Awaitable<void>;
  /** Keeps how a sound is heard, where nothing was kept yet. */
  keepHearing(soundId: string, hearing: Hearing): Awaitable<void>;
}

export interface AnalysisWants {
  /** This version of the estimators has not heard it. */
  analysis: boolean;
  /** It was processed before it was looked at whether the mix of its channels loses what they hold. */
  hearing: boolean;
  /** It was added before the bits of its samples were kept. */
  bits: boolean;
  /** It was added before it was kept when sounds were recorded. */
  recorded: boolean;
}
