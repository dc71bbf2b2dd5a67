import type { Actor } from '../accounts/actor.js';
import type { Awaitable } from '../awaitable.js';
import { JOB_KINDS, type Job, type JobKind } from './jobs.types.js';

/** What can be done with jobs of one kind. */
export interface JobHandler {
  /** Whether it is gone on with by itself after the program was away; else it has failed then. */
  resumes: boolean;
  /** Stops a job that no process holds, or whose work others do. Without it, whoever holds the job is told to stop. */
  cancel?(actor: Actor, job: Job): Awaitable<void>;
  /**
   * Has it done again.
   * @returns the id of the job that does it
   * @throws DomainError as what began it
   */
  retry(actor: Actor, job: Job): Awaitable<string>;
}

export type JobHandlers = Readonly<Record<JobKind, JobHandler>>;

/**
 * The handlers of all kinds.
 * @throws Error when one is missing: the program does not start then
 */
export function jobHandlers(given: Partial<Record<JobKind, JobHandler>>): JobHandlers {
  const missing = JOB_KINDS.filter((kind) => !given[kind]);
  if (missing.length > 0) throw new Error(`nothing handles jobs of these kinds: ${missing.join(', ')}`);
  return given as JobHandlers;
}

/** Work that workers take from the queue, known by how its id begins. */
export interface QueuedWork {
  prefix: string;
  run(jobId: string, delivery: { attempt: number; lastAttempt: boolean; signal: AbortSignal }): Promise<unknown>;
  /** The queue gave it up, because it took its worker down again and again. */
  giveUp(jobId: string, reason: string): Awaitable<void>;
}

/** Prefixes of all ids that are handed to the queue. */
export const QUEUED_PREFIXES = ['ingest-', 'embed-', 'analyse-'] as const;

/** @throws Error when a kind of queued work has nobody who does it: the worker does not start then */
export function queuedWork(given: readonly QueuedWork[]): (jobId: string) => QueuedWork {
  const missing = QUEUED_PREFIXES.filter((prefix) => !given.some((work) => work.prefix === prefix));
  if (missing.length > 0) throw new Error(`no worker does what begins with: ${missing.join(', ')}`);
  return (jobId) => {
    const work = given.find(({ prefix }) => jobId.startsWith(prefix));
    if (!work) throw new Error(`no worker does the job ${jobId}`);
    return work;
  };
}
