import type { Heard } from './aspects.types.js';
import type { Fingerprint } from '../copies/copies.types.js';
import type { SoundKind } from '../library/library.types.js';

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
  fingerprint: Fingerprint | null;
  kind: SoundKind | null;
  /** Hz; null for silence. */
  brightnessHz: number | null;
  /** To compare it with others by; null where it could not be heard. */
  heard: Heard | null;
}

/** Of what could not be heard. */
export const NOTHING_HEARD = {
  tempo: null,
  key: null,
  fingerprint: null,
  kind: null,
  brightnessHz: null,
  heard: null,
} as const;

/** How loud a file is as it is played. */
export interface Loudness {
  /** Integrated over all of it, LUFS; null for silence. */
  lufs: number | null;
  /** Of the loudest sample, dB below full scale; null for silence. */
  peakDb: number | null;
}

/** Raised when the estimators change: sounds are then listened to again in the background. */
export const ANALYSIS_VERSION = 4;

const PREFIX = 'analyse-';

/** The same work always has the same id, so that it is never queued twice. */
export const analysisJobId = (soundId: string): string => `${PREFIX}${ANALYSIS_VERSION}-${soundId}`;
/** The sound that a job of this version is about; null for jobs of other versions. */
export const soundOfAnalysis = (jobId: string): string | null => {
  const prefix = analysisJobId('');
  return jobId.startsWith(prefix) ? jobId.slice(prefix.length) : null;
};
