import type { Awaitable } from '../awaitable.js';
import type { SoundAnalysis } from './analysis.types.js';

/** Listens while mono samples stream by, in bounded memory. */
export interface SoundAnalyzer {
  push(samples: Float32Array): void;
  finish(): SoundAnalysis;
}

/** Which sounds were listened to by which version of the estimators. */
export interface AnalysisRepository {
  /** Ready sounds, and those of them that were heard by this version. */
  progress(version: number): Awaitable<{ ready: number; heard: number }>;
  /** Ready sounds that this version has not heard, newest first. */
  pending(version: number, limit: number): Awaitable<string[]>;
  isPending(soundId: string, version: number): Awaitable<boolean>;
  /** Keeps an analysis; what the file's tags or a person say stays. False when the sound is not ready (any more). */
  save(soundId: string, analysis: SoundAnalysis): Awaitable<boolean>;
}
