import { Queue, type JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { DomainError } from '../../domain/errors.js';
import type { RedeliveringQueue } from '../../domain/ingest/ingest.ports.js';
import {
  CANCEL_CHANNEL,
  CHANGED_CHANNEL,
  connect,
  FAIL_FAST,
  PREFIX,
  QUEUE,
  type RedisConnection,
} from './connection.js';

const ATTEMPTS = 3;
const FIRST_RETRY_MS = 2_000;
const TIMEOUT_MS = 3_000;
const BATCH = 500;

/** The payload is the id alone: everything else is read from the database when the job runs. */
export interface JobPayload {
  jobId: string;
}

/** Hands job ids to the workers through BullMQ. Every call answers or fails within about three seconds, whatever Redis does. */
export class BullmqJobQueue implements RedeliveringQueue {
  private readonly redis: Redis;
  private readonly queue: Queue<JobPayload>;
  /** Calls right after the start wait for the connection; calls in a later outage fail at once. */
  private readonly firstConnected: Promise<void>;

  /** @param options.firstRetryMs wait before the second attempt; the third waits twice as long */
  constructor(private readonly options: { connection: RedisConnection; firstRetryMs?: number }) {
    this.redis = connect(options.connection, FAIL_FAST);
    this.firstConnected = new Promise((resolve) => this.redis.once('ready', resolve));
    this.queue = new Queue<JobPayload>(QUEUE, { connection: this.redis, prefix: PREFIX });
    this.queue.on('error', () => undefined);
  }

  async add(jobId: string): Promise<void> {
    await this.inTime(async () => {
      const { name, data, opts } = this.jobOf(jobId);
      await this.queue.add(name, data, opts);
      await this.redis.publish(CHANGED_CHANNEL, jobId);
    });
  }

  async addMissing(jobIds: readonly string[], options?: { background: boolean }): Promise<number> {
    let added = 0;
    for (let start = 0; start < jobIds.length; start += BATCH) {
      const batch = jobIds.slice(start, start + BATCH);
      await this.inTime(async () => {
        const pipeline = this.redis.pipeline();
        for (const jobId of batch) pipeline.exists(this.queue.toKey(jobId));
        const answers = (await pipeline.exec()) ?? [];
        const failure = answers.find(([error]) => error)?.[0];
        if (failure) throw failure;
        const missing = batch.filter((_, index) => answers[index]?.[1] === 0);
        if (missing.length > 0)
          await this.queue.addBulk(missing.map((jobId) => this.jobOf(jobId, options?.background)));
        added += missing.length;
      });
    }
    return added;
  }

  async remove(jobId: string): Promise<void> {
    await this.inTime(async () => {
      // A job that a worker holds is not removed here: the worker is told to stop, and finds it gone from the database.
      await this.queue.remove(jobId);
      await this.redis.publish(CANCEL_CHANNEL, jobId);
      await this.redis.publish(CHANGED_CHANNEL, jobId);
    });
  }

  async ping(): Promise<void> {
    await this.inTime(() => this.redis.ping());
  }

  async close(): Promise<void> {
    await this.queue.close().catch(() => undefined);
    this.redis.disconnect();
  }

  private jobOf(jobId: string, background = false): { name: string; data: JobPayload; opts: JobsOptions } {
    return {
      name: 'process',
      data: { jobId },
      opts: {
        jobId,
        attempts: ATTEMPTS,
        backoff: { type: 'exponential', delay: this.options.firstRetryMs ?? FIRST_RETRY_MS },
        // Finished jobs live on in the database only, so that the same id can be queued again.
        removeOnComplete: true,
        removeOnFail: true,
        // Jobs without a priority come first.
        ...(background ? { priority: 1 } : {}),
      },
    };
  }

  private async inTime(call: () => Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const calling = this.firstConnected.then(call);
    // Fails later, unheard, when the timeout came first.
    calling.catch(() => undefined);
    try {
      await Promise.race([
        calling,
        new Promise((_, reject) => {
          timer = setTimeout(() => reject(new Error(`no answer from Redis within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
        }),
      ]);
    } catch (cause) {
      throw new DomainError(
        'queue_unavailable',
        'The processing queue cannot be reached at the moment. Try again in a few seconds.',
        {
          cause,
          transient: true,
        },
      );
    } finally {
      clearTimeout(timer);
    }
  }
}
