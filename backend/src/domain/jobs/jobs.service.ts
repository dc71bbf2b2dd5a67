import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Actor } from '../accounts/actor.js';
import { demand } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
import { DomainError, isCancelled, notFound, statedBy } from '../errors.js';
import type { EventLog, EventSink } from '../events.js';
import type { Log } from '../log.js';
import { HeldJob, type Work } from './held.job.js';
import type { JobHandlers } from './job.handlers.js';
import type { Hold, JobOutcome, JobStore } from './jobs.ports.js';
import { isUnfinished, type Job, type JobFilter, type JobKind } from './jobs.types.js';
import { because, state } from '../reasons.js';

/** A holder says this often that it is alive, and is taken for dead after so long. */
const BEAT_MS = 4_000;
const HOLD_MS = 15_000;
/** Progress is written at most this often. */
const WRITE_MS = 400;
const STOP_MS = 3_000;
const LOOK_MS = 100;
const KEPT_DAYS = 30;

export interface JobsParts {
  store: JobStore;
  /** The same for whoever asks. */
  seen: Seen<Pick<JobStore, 'list' | 'get'>>;
  events: EventSink & Pick<EventLog, 'subscribe'>;
  logger: Log;
  /** The name of this process, and whether that of another is known to be of one that is gone. */
  process?: { name: () => string; isGone: (name: string) => boolean };
  /** Shorter times, for tests. */
  timing?: { beatMs: number; holdMs: number };
}

export interface JobOrder {
  kind: JobKind;
  subject: string | null;
  owner: string;
}

/**
 * All long work: one list, in which each can be cancelled and done again. A job is held by the process that does it, which says so
 * again and again; one that nobody holds is gone on with, or has failed, as its kind has it.
 */
export class JobsService {
  readonly #parts;
  readonly #holder: string;
  readonly #held = new Map<string, HeldJob>();
  readonly #leases = new Set<string>();
  #handlers: JobHandlers | null = null;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();
  #unsubscribe: () => void = () => undefined;
  #closed = false;

  constructor(parts: JobsParts) {
    this.#parts = parts;
    this.#holder = parts.process?.name() ?? randomUUID();
  }

  /** @param handlers of all kinds; see `jobHandlers` */
  async start(handlers: JobHandlers): Promise<void> {
    this.#handlers = handlers;
    const { events, timing } = this.#parts;
    this.#unsubscribe = events.subscribe(({ event }) => {
      if (event.kind === 'job') void this.#look(event.jobId);
    });
    this.#timer = setInterval(() => this.#beat(), timing?.beatMs ?? BEAT_MS);
    this.#timer.unref();
    this.#beat();
    await this.#beating;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#unsubscribe();
    const held = [...this.#held.values()];
    for (const job of held) job.stop('ending');
    // Some work cannot be stopped; waiting for it would hold up the end of the program.
    await Promise.race([Promise.allSettled(held.map(({ done }) => done)), pause(STOP_MS, undefined, { ref: false })]);
    await this.#beating;
    await this.#parts.store.letGo(this.#holder);
  }

  async list(
    actor: Actor,
    filter: JobFilter,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: Job[]; nextCursor: string | null; total: number }> {
    demand(actor, 'read');
    return this.#parts.seen(viewerOf(actor)).list(filter, page);
  }

  /** @throws DomainError `not_found` */
  async get(actor: Actor, id: string): Promise<Job> {
    demand(actor, 'read');
    const job = await this.#parts.seen(viewerOf(actor)).get(id);
    if (!job) throw notFound('job', id);
    return this.#held.get(id)?.job ?? job;
  }

  /** How long the oldest job has waited for somebody to begin it, seconds; 0 when none does. */
  async oldestWaitS(): Promise<number> {
    const since = await this.#parts.store.oldestWaiting();
    return since === null ? 0 : Math.max(0, (Date.now() - Date.parse(since)) / 1000);
  }

  /** Those of the jobs that there are. */
  async several(ids: readonly string[]): Promise<Job[]> {
    const jobs = await this.#parts.store.several(ids);
    return jobs.map((job) => this.#held.get(job.id)?.job ?? job);
  }

  /** The newest job of each of these kinds and each subject. */
  async latest(kinds: readonly JobKind[]): Promise<Job[]> {
    const jobs = await this.#parts.store.latest(kinds);
    return jobs.map((job) => this.#held.get(job.id)?.job ?? job);
  }

  /**
   * Stops a job; what it had done so far does no harm. Where another process does it, it stops within seconds.
   * @throws DomainError `not_found`; `conflict` when it is over, or cannot be stopped
   */
  async cancel(actor: Actor, id: string): Promise<Job> {
    const job = await this.get(actor, id);
    if (!isUnfinished(job)) {
      throw new DomainError('conflict', because('work_over'));
    }
    const handler = this.#handler(job.kind);
    if (handler.cancel) {
      await handler.cancel(actor, job);
    } else {
      demand(actor, 'admin');
      await this.askToStop(id);
    }
    this.#tell(id);
    return (await this.#parts.store.get(id)) ?? job;
  }

  /**
   * Has a job that is over done again.
   * @throws DomainError `not_found`; `conflict` while it is not over; as what began it
   */
  async retry(actor: Actor, id: string): Promise<Job> {
    const job = await this.get(actor, id);
    if (isUnfinished(job)) {
      throw new DomainError('conflict', because('work_not_over'));
    }
    return this.get(actor, await this.#handler(job.kind).retry(actor, job));
  }

  /**
   * Has this process do a job, in the background. What `work` returns is its result.
   * @returns null when it is being done already, here or elsewhere
   */
  async begin(order: JobOrder, work: (work: Work) => Promise<unknown>): Promise<Job | null> {
    const held = await this.#hold(order);
    if (!held) return null;
    // The caller has its answer before anything is done.
    held.done = settled(Promise.resolve().then(() => this.#do(held, work)));
    return held.job;
  }

  /**
   * As {@link begin}, waiting for its end.
   * @param otherwise told when it is being done already, here or elsewhere
   * @throws what the work throws
   */
  async run<T>(order: JobOrder, work: (work: Work) => Promise<T>, otherwise: () => T): Promise<T> {
    const held = await this.#hold(order);
    if (!held) return otherwise();
    const doing = this.#do(held, work);
    held.done = settled(doing);
    return doing;
  }

  /** Has whoever holds a job stop; where that is this process, waits for it. */
  async askToStop(id: string): Promise<void> {
    const { store } = this.#parts;
    await store.askToCancel(id);
    const held = this.#held.get(id);
    held?.stop('cancelled');
    await held?.done;
    // Nobody is at it.
    if (!held && (await store.get(id))?.state === 'queued') await store.finish(id, { state: 'cancelled' }, null);
    this.#tell(id);
  }

  /** Nobody has to know any more that it failed. */
  async dismiss(id: string): Promise<void> {
    await this.#parts.store.dismiss(id);
    this.#tell(id);
  }

  /** Resolves when a job is over, or after a while. */
  async ended(id: string): Promise<void> {
    await this.#held.get(id)?.done;
    const end = performance.now() + HOLD_MS;
    for (let job = await this.#parts.store.get(id); job && isUnfinished(job); job = await this.#parts.store.get(id)) {
      if (performance.now() > end) return;
      await pause(LOOK_MS);
    }
  }

  /**
   * Whether this process is the one, of all that share the data, to do what has this name. The first who asks is it, for as long
   * as it lives.
   */
  async leads(name: string): Promise<boolean> {
    if (this.#closed || !(await this.#parts.store.lease(name, this.#holdNow()))) {
      this.#leases.delete(name);
      return false;
    }
    this.#leases.add(name);
    return true;
  }

  async #hold({ kind, subject, owner }: JobOrder): Promise<HeldJob | null> {
    if (this.#closed) return null;
    const id = `${kind}-${randomUUID()}`;
    const job = await this.#parts.store.begin({ id, kind, subject, owner }, this.#holdNow());
    if (!job) return null;
    const held = new HeldJob(job, (changed) => this.#write(changed));
    this.#held.set(job.id, held);
    this.#tell(job.id);
    return held;
  }

  async #do<T>(held: HeldJob, work: (work: Work) => Promise<T>): Promise<T> {
    const { logger } = this.#parts;
    const { kind, id } = held.job;
    try {
      const result = await work(held);
      await this.#end(held, { state: 'completed', result: result ?? null });
      logger.info({ jobId: id, kind }, 'a job ended');
      return result;
    } catch (error) {
      await this.#end(held, this.#outcomeOf(held, error)).catch((failure: unknown) =>
        logger.error({ jobId: id, kind, err: failure }, 'the end of a job could not be noted'),
      );
      throw error;
    }
  }

  #outcomeOf(held: HeldJob, error: unknown): JobOutcome | 'release' {
    const { kind, id } = held.job;
    if (held.signal.aborted || isCancelled(error)) {
      if (!this.#closed) return { state: 'cancelled' };
      return this.#handlers?.[kind].resumes ? 'release' : INTERRUPTED;
    }
    this.#parts.logger.error({ jobId: id, kind, err: error }, 'a job failed');
    return { state: 'failed', error: statedBy(error, because('work_failed')) };
  }

  async #end(held: HeldJob, outcome: JobOutcome | 'release'): Promise<void> {
    const { id } = held.job;
    clearTimeout(held.timer);
    held.unwritten = null;
    this.#held.delete(id);
    if (outcome === 'release') await this.#parts.store.release(id, this.#holder);
    else await this.#parts.store.finish(id, outcome, this.#holder);
    this.#tell(id);
  }

  /** Writes how far a job is, but not too often; its listeners hear of it then. */
  #write(held: HeldJob): void {
    if (held.timer !== undefined) return;
    held.timer = setTimeout(
      () => {
        held.timer = undefined;
        void this.#note(held);
      },
      Math.max(0, held.writtenAt + WRITE_MS - performance.now()),
    );
  }

  async #note(held: HeldJob): Promise<void> {
    const { job, unwritten } = held;
    if (!this.#held.has(job.id)) return;
    held.unwritten = null;
    held.writtenAt = performance.now();
    try {
      const isOurs = await this.#parts.store.report(job.id, unwritten ?? job, this.#holdNow());
      if (!isOurs) held.stop('lost');
      else if (unwritten) this.#tell(job.id);
    } catch (error) {
      this.#parts.logger.warn({ jobId: job.id, err: error }, 'the progress of a job could not be noted');
    }
  }

  /** Somebody may want one to stop that this process does. */
  async #look(id: string): Promise<void> {
    const held = this.#held.get(id);
    if (!held) return;
    const job = await Promise.resolve(this.#parts.store.get(id)).catch(() => null);
    if (job?.cancelling) held.stop('cancelled');
  }

  #beat(): void {
    this.#beating = this.#beating
      .then(async () => {
        for (const held of [...this.#held.values()]) {
          await this.#note(held);
          await this.#look(held.job.id);
        }
        await this.#takeOver();
        for (const name of [...this.#leases]) await this.leads(name);
        if (await this.leads('jobs')) await this.#tidy();
      })
      .catch((error: unknown) => this.#parts.logger.warn({ err: error }, 'looking after jobs failed; trying again'));
  }

  /** What a process held that is known to be gone, nobody has to wait for. */
  async #takeOver(): Promise<void> {
    const { store, process: ours } = this.#parts;
    if (!ours) return;
    for (const holder of await store.holders()) if (ours.isGone(holder)) await store.letGo(holder);
  }

  /** Jobs of processes that died, and those that nobody asks about any more. */
  async #tidy(): Promise<void> {
    const { store } = this.#parts;
    const now = new Date();
    for (const job of await store.lost(now.toISOString())) {
      if (this.#held.has(job.id)) continue;
      if (job.cancelling) await store.finish(job.id, { state: 'cancelled' }, null);
      else if (!this.#handler(job.kind).resumes) await store.finish(job.id, INTERRUPTED, null);
      else continue;
      this.#tell(job.id);
    }
    await store.forget(new Date(now.getTime() - KEPT_DAYS * 24 * 60 * 60_000).toISOString());
  }

  #handler(kind: JobKind): JobHandlers[JobKind] {
    if (!this.#handlers) throw new Error('the handlers of jobs are not known yet');
    return this.#handlers[kind];
  }

  #holdNow(): Hold {
    const until = Date.now() + (this.#parts.timing?.holdMs ?? HOLD_MS);
    return { holder: this.#holder, until: new Date(until).toISOString() };
  }

  #tell(jobId: string): void {
    this.#parts.events.tell({ kind: 'job', jobId });
  }
}

/** Resolves when it is over, however it ends. */
const settled = (doing: Promise<unknown>): Promise<void> =>
  doing.then(
    () => undefined,
    () => undefined,
  );

const INTERRUPTED: JobOutcome = {
  state: 'failed',
  error: state(because('work_interrupted')),
};
