import { WaitingError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { DomainError } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import { CANCEL_CHANNEL, connect, PATIENT, PREFIX, QUEUE, type RedisConnection } from './connection.js';
import type { JobPayload } from './job-queue.js';

/** A worker that died is noticed after this long (kill -9 leaves the lock behind). */
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 5_000;
/** A file that takes its worker down is tried this many times more. */
const CRASHES_ALLOWED = 3;
const RECONNECT_MS = 1_000;
/** Whoever stops the program waits this long for it; a job that is put back loses no more than its progress. */
const FINISH_MS = 2_000;
const ABANDON_MS = 3_000;
/** A connection that is about to reconnect never says that it ended. */
const DISCONNECT_MS = 500;

export interface Delivery {
  /** 1 for the first. */
  attempt: number;
  /** No further attempt follows if this one fails. */
  lastAttempt: boolean;
  /** Aborts when the job is removed from the queue or the worker stops. */
  signal: AbortSignal;
}

export interface BullmqWorkerOptions {
  connection: RedisConnection;
  /** How many jobs run at the same time. */
  concurrency: number;
  /** Does the work. Throwing means: try again later. */
  process: (jobId: string, delivery: Delivery) => Promise<unknown>;
  /** Told of a job that the queue gave up without `process` having ended, because it took its worker down again and again. */
  onGone?: (jobId: string, reason: string) => void;
  logger: Log;
  /** Shorter times, for tests. */
  timing?: { lockMs?: number; stalledCheckMs?: number; finishMs?: number };
}

/** Takes jobs from BullMQ. Jobs of a worker that died are taken over by another, or by this one after its restart. */
export class BullmqWorker {
  private readonly redis: Redis;
  private readonly subscriber: Redis;
  private readonly worker: Worker<JobPayload>;
  private readonly running = new Map<string, AbortController>();
  private stopping = false;
  private connected = true;

  constructor(private readonly options: BullmqWorkerOptions) {
    const { connection, concurrency, logger, timing } = options;
    const lost = (error: Error): void => {
      if (this.connected && !this.stopping) logger.warn({ err: error }, 'lost the connection to Redis; reconnecting');
      this.connected = false;
    };
    this.redis = connect(connection, PATIENT, lost);
    this.redis.on('ready', () => {
      if (!this.connected) logger.info({}, 'connected to Redis again');
      this.connected = true;
    });
    this.subscriber = connect(connection, PATIENT);
    this.subscriber.on('message', (_channel: string, jobId: string) => this.cancel(jobId));
    this.subscriber.subscribe(CANCEL_CHANNEL).catch(() => undefined);

    const lockDuration = timing?.lockMs ?? LOCK_MS;
    this.worker = new Worker<JobPayload>(QUEUE, (job, token) => this.work(job, token), {
      connection: this.redis,
      prefix: PREFIX,
      concurrency,
      lockDuration,
      stalledInterval: timing?.stalledCheckMs ?? STALLED_CHECK_MS,
      maxStalledCount: CRASHES_ALLOWED,
      runRetryDelay: RECONNECT_MS,
    });
    this.worker.on('error', (error) => logger.debug({ err: error }, 'queue error'));
    this.worker.on('failed', (job, error) => {
      // BullMQ's words for a job that lost its worker too often; it never reached `work` this time.
      if (job?.id !== undefined && error.message.startsWith('job stalled more than')) {
        options.onGone?.(job.id, 'Processing crashed repeatedly on this file, so it was given up.');
      }
    });
  }

  /** Resolves once jobs are being taken. */
  async ready(): Promise<void> {
    await this.worker.waitUntilReady();
  }

  /** Takes no new jobs, gives running ones a few seconds, then puts them back for the next worker. */
  async close(): Promise<void> {
    this.stopping = true;
    const closed = this.worker.close().catch(() => undefined);
    if (!(await within(closed, this.options.timing?.finishMs ?? FINISH_MS))) {
      for (const controller of this.running.values())
        controller.abort(new DomainError('cancelled', 'The worker is stopping.'));
      await within(closed, ABANDON_MS);
    }
    this.subscriber.disconnect();
    // With Redis gone BullMQ waits for it for ever; what it holds is taken over when its lock runs out.
    await within(
      this.worker.disconnect().catch(() => undefined),
      DISCONNECT_MS,
    );
    this.redis.disconnect();
  }

  private cancel(jobId: string): void {
    this.running.get(jobId)?.abort(new DomainError('cancelled', 'The job was removed.'));
  }

  private async work(job: Job<JobPayload>, token: string | undefined): Promise<void> {
    const { jobId } = job.data;
    const controller = new AbortController();
    this.running.set(jobId, controller);
    const attempt = job.attemptsMade + 1;
    try {
      await this.options.process(jobId, {
        attempt,
        lastAttempt: attempt >= (job.opts.attempts ?? 1),
        signal: controller.signal,
      });
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
