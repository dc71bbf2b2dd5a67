import type { Hearing } from '../library/library.types.js';

/** A file of a model: its path relative to the model's folder; hash (lower-case hex) and size where they are known. */
export interface ModelFileSpec {
  path: string;
  sha256: string | null;
  sizeBytes: number | null;
}

/** A file as it was received. */
export interface ReceivedModelFile {
  path: string;
  sha256: string;
  sizeBytes: number;
}

/** Where a model's files are published, below the endpoint of a hub. */
export interface Publication {
  /** `owner/name`. */
  repository: string;
  revision: string;
}

/** A model that is installed or could be. */
export interface ModelEntry {
  id: string;
  name: string;
  /** Models of one family differ in precision only. */
  family: string;
  precision: 'int8' | 'fp16' | 'fp32' | null;
  license: string;
  source: string;
  description: string;
  /** For choosing: what it is good at and what it costs. Empty for models of one's own. */
  goodAt: string;
  /** All files together; of a model that is not installed, rounded. */
  sizeBytes: number;
  /** Comes with the program and stays. */
  bundled: boolean;
  installed: boolean;
  /** Why a model that is there cannot be used, for people. */
  problem: string | null;
  /** What an installation fetches; null for models that cannot be installed. */
  download: (Publication & { files: ModelFileSpec[] }) | null;
}

/** `unpinned`: no hash is known to compare with. */
export interface FileVerdict {
  path: string;
  verdict: 'ok' | 'unpinned' | 'damaged';
}

export interface InstallProgress {
  stage: 'downloading' | 'verifying';
  receivedBytes: number;
  /** An estimate as long as the source has not told the sizes. */
  totalBytes: number;
  bytesPerS: number;
  /** Seconds left at the present speed; null while that is not known. */
  etaS: number | null;
  /** While nothing comes and it is tried again; null as long as all goes well. */
  retry: InstallRetry | null;
}

export interface InstallRetry {
  /** Why the last attempt failed, for people. */
  reason: string;
  /** Failures in a row, and after how many it is given up. */
  failures: number;
  most: number;
  /** When the next attempt begins; it is under way once that is past. */
  at: string;
}

export interface ModelIdentity {
  id: string;
  /** Id plus a prefix of the weights' hash; vectors of different keys are never compared. */
  key: string;
}

/** A change from one model to another, as stored. */
export interface ModelSwitch {
  targetId: string;
  /** Null until the model was opened for the first time. */
  targetKey: string | null;
  state: 'running' | 'paused' | 'failed';
  /** Why it stopped, for people. */
  error: string | null;
}

/** How far the embedding for a switch is: sounds and their seconds of audio. */
export interface EmbeddingCounts {
  total: number;
  done: number;
  failed: number;
  open: number;
  doneS: number;
  openS: number;
}

export type SwitchProgress = ModelSwitch & EmbeddingCounts & { etaS: number | null };

/** The task of embedding one sound with one model. */
export interface EmbeddingJob {
  id: string;
  soundId: string;
  sha256: string;
  hearing: Hearing | null;
  model: ModelIdentity;
  /** Starts of this job, this one included. */
  attempts: number;
}

const PREFIX = 'embed-';

/** Deterministic, so that the same work is never queued twice. */
export const embeddingJobId = (modelKey: string, soundId: string): string => `${PREFIX}${modelKey}-${soundId}`;

export const isEmbeddingJob = (jobId: string): boolean => jobId.startsWith(PREFIX);
