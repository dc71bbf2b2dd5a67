import { randomUUID } from 'node:crypto';
import { Job, Queue, Worker } from 'bullmq';
import { DomainError } from '../../domain/errors.js';
import { isProcessingJob } from '../../domain/ingest/ingest.types.js';
import type { Held, RemoteDelivery, RemoteQueue } from '../../domain/ingest/remote.ports.js';
import { because } from '../../domain/reasons.js';
import {
  connect,
  FAIL_FAST,
  prefixOf,
  QUEUE,
  SHORT_QUEUE,
  type RedisClient,
  type RedisConnection,
} from './connection.js';
import type { JobPayload } from './job-queue.js';
import { CRASHES_ALLOWED } from './worker.js';

/** A worker is heard of every few seconds; one that was not for so long has lost its job. */
const LOCK_MS = 20_000;
/** Workers beside the queue look every second: this is for where there are none. */
const STALLED_CHECK_MS = 15_000;

interface Lane {
  queue: Queue<JobPayload>;
  worker: Worker<JobPayload>;
}

/** Takes jobs for workers elsewhere. The hold is a lock in Redis with a token: any API process may answer for it. */
export class BullmqRemoteQueue implements RemoteQueue {
  private readonly redis: RedisClient;
  private readonly lanes: Lane[];
  private checking: Promise<unknown> | null = null;

  constructor(options: { connection: RedisConnection; lockMs?: number; stalledCheckMs?: number }) {
    const { connection, stalledCheckMs = STALLED_CHECK_MS } = options;
    this.lockMs = options.lockMs ?? LOCK_MS;
    this.redis = connect(connection, { ...FAIL_FAST, maxRetriesPerRequest: null });
    const settings = { connection: this.redis, prefix: prefixOf(connection) };
    this.lanes = [SHORT_QUEUE, QUEUE].map((name) => ({
      queue: new Queue<JobPayload>(name, settings).on('error', () => undefined),
      worker: new Worker<JobPayload>(name, null, {
        ...settings,
        name: 'remote',
        autorun: false,
        lockDuration: this.lockMs,
        stalledInterval: stalledCheckMs,
        maxStalledCount: CRASHES_ALLOWED,
      }).on('error', () => undefined),
    }));
  }

  private readonly lockMs: number;

  async take(): Promise<RemoteDelivery | null> {
    // Only where somebody comes to work.
    this.checking ??= Promise.allSettled(this.lanes.map(({ worker }) => worker.startStalledCheckTimer()));
    return this.asking(async () => {
      for (const { queue, worker } of this.lanes) {
        const [next] = await queue.getPrioritized(0, 0);
        if (next && !isProcessingJob(next.data.jobId)) continue;
        const token = randomUUID();
        const job = await worker.getNextJob(token, { block: false });
        if (!job) continue;
        const { jobId, trace } = job.data;
        if (isProcessingJob(jobId)) {
          const attempt = job.attemptsMade + 1;
          const lastAttempt = attempt >= (job.opts.attempts ?? 1);
          return { jobId, token, attempt, lastAttempt, ...(trace && { trace }) };
        }
        await job.moveToWait(token);
      }
      return null;
    });
  }

  async hold({ jobId, token }: Held): Promise<boolean> {
    return this.asking(async () => {
      const job = await this.find(jobId);
      if (!job) return false;
      return (await job.extendLock(token, this.lockMs).catch(ownLost)) === 1;
    });
  }

  async finish({ jobId, token }: Held): Promise<void> {
    await this.asking(async () => {
      await (await this.find(jobId))?.moveToCompleted('', token, false).catch(ownLost);
    });
  }

  async again({ jobId, token }: Held): Promise<void> {
    await this.asking(async () => {
      await (await this.find(jobId))?.moveToFailed(new Error('to be tried again'), token, false).catch(ownLost);
    });
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.lanes.flatMap(({ queue, worker }) => [worker.close(true), queue.close()]));
    this.redis.disconnect();
  }

  private async find(jobId: string): Promise<Job<JobPayload> | undefined> {
    for (const { queue } of this.lanes) {
      const job = await Job.fromId<JobPayload>(queue, jobId);
      if (job) return job;
    }
    return undefined;
  }

  private async asking<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      throw new DomainError('queue_unavailable', because('queue_unreachable'), { cause, transient: true });
    }
  }
}

/** Another has the job by now: that is no fault. */
function ownLost(error: unknown): number {
  if (/lock|Missing key/i.test((error as Error).message)) return 0;
  throw error;
}
