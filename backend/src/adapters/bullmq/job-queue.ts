import { Queue, type JobsOptions } from 'bullmq';
import type { Awaitable } from '../../domain/awaitable.js';
import { DomainError } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import type { Flow, RedeliveringQueue } from '../../domain/ingest/ingest.ports.js';
import type { TraceContext } from '../../domain/tracing.js';
import {
  cancelChannel,
  connect,
  FAIL_FAST,
  prefixOf,
  QUEUE,
  remedyOf,
  SHORT_QUEUE,
  type RedisClient,
  type RedisConnection,
} from './connection.js';
import { addEvent } from './event-log.js';
import { laneOf, type Lane } from './lanes.js';
import { LAST_PRIORITY, priorityOf, turnsOf } from './turns.js';
import { because } from '../../domain/reasons.js';

const ATTEMPTS = 3;
const FIRST_RETRY_MS = 2_000;
const TIMEOUT_MS = 3_000;
const BATCH = 500;
/** Whoever asked, where nobody says who: all of them together. */
const NOBODY: Flow = { owner: '', batch: false };

/** The payload is the id: everything else is read from the database when the job runs. */
export interface JobPayload {
  jobId: string;
  /** The trace that the work goes on with, where there is one. */
  trace?: TraceContext;
}

/** Hands job ids to the workers through BullMQ. Every call answers or fails within about three seconds, whatever Redis does. */
export class BullmqJobQueue implements RedeliveringQueue {
  private readonly redis: RedisClient;
  private readonly queues: Record<Lane['queue'], Queue<JobPayload>>;
  /** Calls right after the start wait for the connection; calls in a later outage fail at once. */
  private readonly firstConnected: Promise<void>;
  /** Why there is no connection at the moment. */
  private lost: Error | null = null;
  private failing = false;

  /**
   * @param options.firstRetryMs wait before the second attempt; the third waits twice as long
   * @param options.here the trace in which a job is added
   * @param options.logger told once of each outage, why it is and what helps
   */
  constructor(
    private readonly options: {
      connection: RedisConnection;
      firstRetryMs?: number;
      here?: () => TraceContext | null;
      logger?: Log;
    },
  ) {
    this.redis = connect(options.connection, FAIL_FAST, (error) => (this.lost = error));
    this.redis.on('ready', () => (this.lost = null));
    this.firstConnected = new Promise((resolve) => this.redis.once('ready', resolve));
    const open = (name: string): Queue<JobPayload> => {
      const queue = new Queue<JobPayload>(name, { connection: this.redis, prefix: prefixOf(options.connection) });
      return queue.on('error', () => undefined);
    };
    this.queues = { [QUEUE]: open(QUEUE), [SHORT_QUEUE]: open(SHORT_QUEUE) };
  }

  async add(jobId: string, lengthS?: number, flow = NOBODY): Promise<void> {
    const lane = laneOf(lengthS, false);
    const trace = this.options.here?.();
    await this.inTime(async () => {
      const [priority] = await this.priorities([{ lane, flow }]);
      const { name, data, opts } = this.jobOf(jobId, priority!);
      await this.queues[lane.queue].add(name, trace ? { ...data, trace } : data, opts);
      await addEvent(this.redis, this.options.connection, { kind: 'job', jobId });
    });
  }

  async addMissing(
    jobIds: readonly string[],
    {
      background = false,
      lengthOf,
      ownerOf,
    }: {
      background?: boolean;
      lengthOf?: (jobId: string) => Awaitable<number | undefined>;
      ownerOf?: (jobId: string) => string | undefined;
    } = {},
  ): Promise<number> {
    let added = 0;
    for (let start = 0; start < jobIds.length; start += BATCH) {
      const batch = jobIds.slice(start, start + BATCH);
      const missing = await this.inTime(async () => {
        const pipeline = this.redis.pipeline();
        for (const jobId of batch) pipeline.exists(...this.all.map((queue) => queue.toKey(jobId)));
        const answers = (await pipeline.exec()) ?? [];
        const failure = answers.find(([error]) => error)?.[0];
        if (failure) throw failure;
        return batch.filter((_, index) => answers[index]?.[1] === 0);
      });
      const lanes = await Promise.all(
        missing.map(async (jobId) => ({
          jobId,
          lane: laneOf(await lengthOf?.(jobId), background),
          flow: { owner: ownerOf?.(jobId) ?? NOBODY.owner, batch: false },
        })),
      );
      await this.inTime(async () => {
        const priorities = await this.priorities(lanes);
        const placed = lanes.map((each, at) => ({ ...each, priority: priorities[at]! }));
        for (const queue of this.all) {
          const own = placed.filter(({ lane }) => lane.queue === queue.name);
          if (own.length > 0) await queue.addBulk(own.map(({ jobId, priority }) => this.jobOf(jobId, priority)));
        }
      });
      added += missing.length;
    }
    return added;
  }

  async remove(jobId: string): Promise<void> {
    await this.inTime(async () => {
      // A job that a worker holds is not removed here: the worker is told to stop, and finds it gone from the database.
      for (const queue of this.all) await queue.remove(jobId);
      await this.redis.publish(cancelChannel(this.options.connection), jobId);
      await addEvent(this.redis, this.options.connection, { kind: 'job', jobId });
    });
  }

  async ping(): Promise<void> {
    // By keys, not PING: a cluster without masters for them answers that all the same.
    await this.inTime(() => this.redis.exists(...this.all.map((queue) => queue.toKey('meta'))));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.all.map((queue) => queue.close()));
    this.redis.disconnect();
  }

  private get all(): Queue<JobPayload>[] {
    return Object.values(this.queues);
  }

  /** BullMQ's: smaller is earlier. */
  private async priorities(jobs: readonly { lane: Lane; flow: Flow }[]): Promise<number[]> {
    const asked = jobs.flatMap(({ lane, flow }) => (lane.length === null ? [] : [{ queue: lane.queue, flow }]));
    const turns = asked.length > 0 ? await turnsOf(this.redis, this.options.connection, asked) : [];
    return jobs.map(({ lane: { length } }) => (length === null ? LAST_PRIORITY : priorityOf(turns.shift()!, length)));
  }

  private jobOf(jobId: string, priority: number): { name: string; data: JobPayload; opts: JobsOptions } {
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
        priority,
      },
    };
  }

  private async inTime<T>(call: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const calling = this.firstConnected.then(call);
    // Fails later, unheard, when the timeout came first.
    calling.catch(() => undefined);
    try {
      const answer = await Promise.race([
        calling,
        new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error(`no answer from Redis within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
        }),
      ]);
      if (this.failing) this.options.logger?.info({}, 'Redis takes jobs again');
      this.failing = false;
      return answer;
    } catch (cause) {
      const err = this.lost ?? (cause as Error);
      if (!this.failing)
        this.options.logger?.warn({ err: { message: err.message } }, remedyOf(err) ?? 'Redis takes no jobs');
      this.failing = true;
      throw new DomainError('queue_unavailable', because('queue_unreachable'), {
        cause,
        transient: true,
      });
    } finally {
      clearTimeout(timer);
    }
  }
}
