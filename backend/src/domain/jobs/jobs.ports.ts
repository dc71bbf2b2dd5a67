import type { Awaitable } from '../awaitable.js';
import type { Job, JobFilter, JobKind, JobProgress, JobState } from './jobs.types.js';

/** A process that holds a job or a schedule, and until when it does without saying so again; ISO 8601 UTC. */
export interface Hold {
  holder: string;
  until: string;
}

/** How a job ended. */
export type JobOutcome = {
  state: Extract<JobState, 'completed' | 'failed' | 'cancelled'>;
  error?: string | null;
  result?: unknown;
};

/** The truth about all jobs. Those of kind `process` are written by `JobRepository`, with their sounds. */
export interface JobStore {
  /** Newest first. @throws DomainError `invalid_input` for a cursor that is none */
  list(
    filter: JobFilter,
    page: { limit: number; cursor?: string | undefined },
  ): Awaitable<{ items: Job[]; nextCursor: string | null; total: number }>;
  get(id: string): Awaitable<Job | null>;
  /** Those of the jobs that there are. */
  several(ids: readonly string[]): Awaitable<Job[]>;
  /** The newest job of each of these kinds and of each subject. */
  latest(kinds: readonly JobKind[]): Awaitable<Job[]>;
  /**
   * Begins a job and holds it. There is one unfinished job of a kind and subject: one that nobody holds any more is gone on with.
   * Null while somebody else holds it.
   */
  begin(job: Pick<Job, 'id' | 'kind' | 'subject' | 'owner'>, hold: Hold): Awaitable<Job | null>;
  /** Notes how far a job is. False, with nothing written, when it is over or held by another. */
  report(id: string, progress: JobProgress, hold: Hold): Awaitable<boolean>;
  /** False, with nothing written, when it is over already, or held by another than the holder (null: by anybody). */
  finish(id: string, outcome: JobOutcome, holder: string | null): Awaitable<boolean>;
  /** A job that failed counts as given up from now on. */
  dismiss(id: string): Awaitable<void>;
  /** Lets a job go that it holds: it waits for somebody to go on with it. */
  release(id: string, holder: string): Awaitable<void>;
  /** Notes that somebody wants it to stop. False when it is over. */
  askToCancel(id: string): Awaitable<boolean>;
  /** Jobs that are called active by a holder that has not been heard of since before `now`. */
  lost(now: string): Awaitable<Job[]>;
  /** Forgets jobs (but those of sounds) that ended before; the newest of each kind and subject stays. */
  forget(before: string): Awaitable<number>;
  /** When the oldest job was asked for that waits for somebody to begin it, ISO 8601 UTC; null when none does. */
  oldestWaiting(): Awaitable<string | null>;
  /** Takes or keeps a schedule. False while another holds it. */
  lease(name: string, hold: Hold): Awaitable<boolean>;
  /** Who holds jobs or schedules. */
  holders(): Awaitable<string[]>;
  /** Has others take over at once what a holder holds: it is gone. */
  letGo(holder: string): Awaitable<void>;
}
