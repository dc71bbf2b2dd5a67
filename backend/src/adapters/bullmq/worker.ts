import { Queue, WaitingError, Worker, type Job } from 'bullmq';
import { DomainError } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import type { TraceContext } from '../../domain/tracing.js';
import {
  cancelChannel,
  connect,
  hear,
  PATIENT,
  prefixOf,
  QUEUE,
  remedyOf,
  SHORT_QUEUE,
  type RedisClient,
  type RedisConnection,
} from './connection.js';
import type { JobPayload } from './job-queue.js';
import { ShortPlaces } from './short-places.js';
import { reach } from './turns.js';
import { endWaits } from './unending-waits.js';
import { isGone, ownName } from './worker-name.js';
import { because, state, type Stated } from '../../domain/reasons.js';

/** A worker on another machine that died is noticed after this long (kill -9 leaves the lock behind), one on this machine at once. */
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 1_000;
/** A job of the short queue that works longer than this was none. */
const SHORT_WORK_MS = 15_000;
/** The short queue hands out this many more than there are places, so that work that turns out long does not block it. */
const SPARE = 4;
/** A file that takes its worker down is tried this many times more. */
export const CRASHES_ALLOWED = 3;
const RECONNECT_MS = 1_000;
/** Whoever stops the program waits this long for it; a job that is put back loses no more than its progress. */
const FINISH_MS = 2_000;
const ABANDON_MS = 3_000;
/** A connection that is about to reconnect never says that it ended. */
const DISCONNECT_MS = 500;
/**
 * Takes the lock from a job if it is still the dead worker's: between the look and this another may have put it back and a
 * living worker may have taken it. BullMQ keeps the name of the worker as `pb`.
 */
const RECLAIM = `
  if redis.call('HGET', KEYS[1], 'pb') ~= ARGV[1] then return 0 end
  redis.call('SADD', KEYS[3], ARGV[2])
  return redis.call('DEL', KEYS[2])`;

export interface Delivery {
  /** 1 for the first. */
  attempt: number;
  /** No further attempt follows if this one fails. */
  lastAttempt: boolean;
  /** Aborts when the job is removed from the queue or the worker stops. */
  signal: AbortSignal;
  /** The trace that the work goes on with, where there is one. */
  trace: TraceContext | null;
}

export interface BullmqWorkerOptions {
  connection: RedisConnection;
  /** How many long jobs run at the same time; one short one more always has a place. */
  concurrency: number;
  /** Does the work. Throwing means: try again later. */
  process: (jobId: string, delivery: Delivery) => Promise<unknown>;
  /** Told of a job that the queue gave up without `process` having ended, because it took its worker down again and again. */
  onGone?: (jobId: string, reason: Stated) => Promise<void>;
  logger: Log;
  /** Shorter times, for tests. */
  timing?: { lockMs?: number; stalledCheckMs?: number; finishMs?: number; shortWorkMs?: number };
}

/**
 * Takes jobs from BullMQ: long ones in as many places as there are, short ones in those that are free and one more. Jobs of a
 * worker that died are taken over by another, or by this one after its restart.
 */
export class BullmqWorker {
  private readonly redis: RedisClient;
  private readonly subscriber: RedisClient;
  private readonly long: Worker<JobPayload>;
  private readonly short: Worker<JobPayload>;
  private readonly queues: Queue<JobPayload>[];
  private readonly started: Promise<void>;
  private reclaiming: NodeJS.Timeout | undefined;
  private readonly places: ShortPlaces;
  private readonly running = new Map<string, AbortController>();
  private stopping = false;
  private connected = true;
  private remedy: string | null = null;

  constructor(private readonly options: BullmqWorkerOptions) {
    const { connection, concurrency, logger, timing } = options;
    const lost = (error: Error): void => {
      if (this.connected && !this.stopping) {
        // Where in the program it was noticed helps nobody.
        logger.warn(
          { err: { message: error.message } },
          remedyOf(error) ?? 'no connection to Redis; trying again until there is one',
        );
      }
      this.connected = false;
    };
    this.redis = connect(connection, PATIENT, lost);
    this.redis.on('ready', () => {
      if (!this.connected) logger.info({}, 'connected to Redis again');
      this.connected = true;
    });
    this.subscriber = hear(connection, cancelChannel(connection), (jobId) => this.cancel(jobId));

    this.long = this.workerOf(QUEUE, concurrency);
    this.short = this.workerOf(SHORT_QUEUE, concurrency + SPARE);
    this.places = new ShortPlaces(concurrency, timing?.shortWorkMs ?? SHORT_WORK_MS);
    this.queues = [QUEUE, SHORT_QUEUE].map((name) => {
      const queue = new Queue<JobPayload>(name, { connection: this.redis, prefix: prefixOf(connection) });
      return queue.on('error', this.fail);
    });
    this.started = this.start();
    this.started.catch(() => undefined);
  }

  /** Resolves once jobs are being taken. */
  async ready(): Promise<void> {
    await this.started;
    await Promise.all([this.long.waitUntilReady(), this.short.waitUntilReady()]);
  }

  /** Takes no new jobs, gives running ones a few seconds, then puts them back for the next worker. */
  async close(): Promise<void> {
    this.stopping = true;
    clearInterval(this.reclaiming);
    const workers = [this.long, this.short];
    const closed = Promise.allSettled(workers.map((worker) => worker.close()));
    if (!(await within(closed, this.options.timing?.finishMs ?? FINISH_MS))) {
      for (const controller of this.running.values())
        controller.abort(new DomainError('cancelled', 'The worker is stopping.'));
      await within(closed, ABANDON_MS);
    }
    this.subscriber.disconnect();
    // With Redis gone BullMQ waits for it for ever; what it holds is taken over when its lock runs out.
    await within(
      Promise.allSettled([
        ...workers.map((worker) => worker.disconnect()),
        ...this.queues.map((queue) => queue.close()),
      ]),
      DISCONNECT_MS,
    );
    this.redis.disconnect();
  }

  private workerOf(name: typeof QUEUE | typeof SHORT_QUEUE, concurrency: number): Worker<JobPayload> {
    const { connection, logger, timing, onGone } = this.options;
    const worker = new Worker<JobPayload>(name, (job, token) => this.work(job, token), {
      connection: this.redis,
      prefix: prefixOf(connection),
      // Kept with each job that it takes.
      name: ownName(),
      concurrency,
      autorun: false,
      lockDuration: timing?.lockMs ?? LOCK_MS,
      stalledInterval: timing?.stalledCheckMs ?? STALLED_CHECK_MS,
      maxStalledCount: CRASHES_ALLOWED,
      runRetryDelay: RECONNECT_MS,
    });
    endWaits(worker.backend);
    worker.on('error', this.fail);
    worker.on('failed', (job, error) => {
      // BullMQ's words for a job that lost its worker too often; it never reached `work` this time.
      if (job?.id !== undefined && error.message.startsWith('job stalled more than')) {
        const { id } = job;
        onGone?.(id, state(because('processing_crashed'))).catch((failure: unknown) =>
          logger.error({ jobId: id, err: failure }, 'a job could not be given up'),
        );
      }
    });
    return worker;
  }

  private async start(): Promise<void> {
    await this.reclaim();
    if (this.stopping) return;
    for (const worker of [this.long, this.short]) {
      worker.run().catch(this.fail);
    }
    this.reclaiming = setInterval(() => void this.reclaim(), this.options.timing?.stalledCheckMs ?? STALLED_CHECK_MS);
  }

  /**
   * Takes the locks from jobs whose worker has died on this machine, without waiting until they run out; BullMQ's check for
   * stalled jobs puts them back then.
   */
  private async reclaim(): Promise<void> {
    try {
      for (const queue of this.queues) {
        for (const job of await queue.getActive()) {
          if (job.id === undefined || !isGone(job.processedBy)) continue;
          const key = queue.toKey(job.id);
          const keys = [key, `${key}:lock`, queue.toKey('stalled')];
          if (await this.redis.eval(RECLAIM, keys.length, ...keys, job.processedBy ?? '', job.id))
            this.options.logger.info({ jobId: job.id }, 'a worker died; its job goes on');
        }
      }
    } catch (error) {
      this.options.logger.debug({ err: error }, 'looking for lost jobs failed');
    }
  }

  /** What comes and goes is of no interest; what an operator can mend is told once. */
  private readonly fail = (error: unknown): void => {
    const remedy = error instanceof Error ? remedyOf(error) : null;
    if (remedy !== null && remedy !== this.remedy) this.options.logger.warn({ err: error }, remedy);
    else this.options.logger.debug({ err: error }, 'queue error');
    this.remedy = remedy ?? this.remedy;
  };

  private cancel(jobId: string): void {
    this.running.get(jobId)?.abort(new DomainError('cancelled', 'The job was removed.'));
  }

  private async work(job: Job<JobPayload>, token: string | undefined): Promise<void> {
    const { jobId, trace = null } = job.data;
    const controller = new AbortController();
    this.running.set(jobId, controller);
    const { priority = 0 } = job.opts;
    // Without it the order is another, and nothing is lost.
    reach(this.redis, this.options.connection, { queue: job.queueName, priority }).catch(() => undefined);
    const attempt = job.attemptsMade + 1;
    try {
      const lastAttempt = attempt >= (job.opts.attempts ?? 1);
      const { signal } = controller;
      const work = () => this.options.process(jobId, { attempt, lastAttempt, signal, trace });
      await (job.queueName === QUEUE ? this.places.runLong(work) : this.places.runShort(signal, work));
    } catch (error) {
      if (!this.stopping || !controller.signal.aborted) throw error;
      await job.moveToWait(token);
      throw new WaitingError();
    } finally {
      this.running.delete(jobId);
    }
  }
}

async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
