/**
 * What long work there is. `process`: a sound is read and embedded; `embedding`: the library is embedded with another model;
 * `analysis`: sounds from before are listened to for tempo and key; `tagging`: sounds get tags by the present words; `scan`: a folder
 * is imported; `install`: a model is fetched; `full-backup`: all that is stored goes to another place; the others are upkeep.
 */
export const JOB_KINDS = [
  'process',
  'embedding',
  'analysis',
  'tagging',
  'scan',
  'install',
  'check',
  'rebuild',
  'compact',
  'backup',
  'full-backup',
  'empty-bin',
] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export const JOB_STATES = ['queued', 'active', 'completed', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** One piece of long work, whatever its kind. */
export interface Job {
  id: string;
  kind: JobKind;
  /** What it is about: id of a sound, a model or a folder; null when it is about the whole library. */
  subject: string | null;
  /** What people know that by; null where `subject` says it, or there is none. */
  name: string | null;
  /** Who had it done, as `ownerId` of an actor. */
  owner: string;
  state: JobState;
  /** What it is at, in the words of its kind. */
  stage: string;
  /** 0..1 over the whole job; of some kinds, over its stage. */
  progress: number;
  /** More about how far it is, as its kind has it. */
  detail: unknown;
  /** What came of it, as its kind has it; null until it is completed. */
  result: unknown;
  /** For people; null unless it failed. */
  error: string | null;
  /** Somebody wants it to stop. */
  cancelling: boolean;
  /** How often it was started. */
  attempts: number;
  /** ISO 8601 UTC. */
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}

export const isUnfinished = ({ state }: Pick<Job, 'state'>): boolean => state === 'queued' || state === 'active';

/** How far a job is. */
export interface JobProgress {
  stage: string;
  progress: number;
  detail?: unknown;
}

export interface JobFilter {
  kinds?: readonly JobKind[] | undefined;
  states?: readonly JobState[] | undefined;
  soundId?: string | undefined;
}
