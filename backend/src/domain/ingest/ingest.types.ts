import type { Loudness, SoundAnalysis } from '../analysis/analysis.types.js';
import type { ErrorCode } from '../errors.js';
import type { Cover } from '../library/covers.ports.js';
import type { AudioFacts, Chapter, FileTags, Hearing, Peaks } from '../library/library.types.js';
import type { Stated } from '../reasons.js';

export type JobState = 'queued' | 'active' | 'completed' | 'failed';
/** What a running job is doing, in order. */
export type JobStage = 'waiting' | 'reading' | 'embedding' | 'saving' | 'done';

export interface Job {
  id: string;
  soundId: string;
  /** Whose sound it is. */
  owner: string;
  /** Counts reprocessings of one sound; a job whose generation is not the sound's current one is superseded. */
  generation: number;
  state: JobState;
  stage: JobStage;
  /** 0..1 over the whole job. */
  progress: number;
  attempts: number;
  /** For people; null unless failed (or waiting to be tried again after a transient failure). */
  error: string | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}

/** The job's id is a function of what it does, so that queueing the same work twice is one job. */
export const jobIdFor = (soundId: string, generation: number): string => `ingest-${soundId}-${generation}`;

/** Whether an id is that of a sound's job. */
export const isProcessingJob = (jobId: string): boolean => jobId.startsWith('ingest-');

/** One window of a sound with its L2-normalised embedding. */
export interface Segment {
  index: number;
  startS: number;
  endS: number;
  vector: Float32Array;
}

/** All that processing finds out about a sound; saved in one transaction. */
export interface ProcessedSound {
  /** Id and version of the model that made the vectors; see `ModelInfo.key`. */
  modelKey: string;
  facts: AudioFacts;
  hearing?: Hearing | null;
  /** As of a `Sound`. */
  damaged?: number | null;
  fileTags: FileTags;
  cover?: Cover | null;
  /** As the file has them. */
  chapters?: readonly Chapter[];
  peaks: Peaks;
  analysis: SoundAnalysis;
  loudness?: Loudness | null;
  segments: Segment[];
}

export interface UploadOutcome {
  filename: string;
  /** `restored`: the same bytes lay in the bin. */
  status: 'queued' | 'duplicate' | 'restored' | 'rejected';
  soundId?: string;
  jobId?: string;
  /** Why the file was rejected, for people. */
  error?: Stated;
  /** The same for programs. */
  code?: ErrorCode;
}
