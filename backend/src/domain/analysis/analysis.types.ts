import type { Fingerprint } from '../copies/copies.types.js';

export type { FactSource } from '../library/library.types.js';

/** What listening tells of a sound; null where there is no beat or no key. */
export interface SoundAnalysis {
  /** Which version of the estimators said so. */
  version: number;
  /** Beats per minute; `confidence` 0..1. */
  tempo: { bpm: number; confidence: number } | null;
  /** As in `C`, `F#`, `Am`, `Bbm`. */
  key: { key: string; confidence: number } | null;
  /** To know copies of the sound by; null where it could not be heard. */
  print: Fingerprint | null;
}

/** Raised when the estimators change: sounds are then listened to again in the background. */
export const ANALYSIS_VERSION = 2;

const PREFIX = 'analyse-';

/** The same work always has the same id, so that it is never queued twice. */
export const analysisJobId = (soundId: string): string => `${PREFIX}${ANALYSIS_VERSION}-${soundId}`;
/** The sound that a job of this version is about; null for jobs of other versions. */
export const soundOfAnalysis = (jobId: string): string | null => {
  const prefix = analysisJobId('');
  return jobId.startsWith(prefix) ? jobId.slice(prefix.length) : null;
};
