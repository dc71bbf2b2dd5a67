import type { Redis } from 'ioredis';
import type { JobEvents, JobNotifier } from '../../domain/ingest/ingest.ports.js';
import { CHANGED_CHANNEL, connect, FAIL_FAST, type RedisConnection } from './connection.js';

/** Hears of changed jobs from all processes through Redis; subscribes anew after an outage. */
export class BullmqJobEvents implements JobEvents {
  private readonly redis: Redis;
  private readonly listeners = new Set<(jobId: string) => void>();

  constructor(options: { connection: RedisConnection }) {
    this.redis = connect(options.connection, { maxRetriesPerRequest: null });
    this.redis.subscribe(CHANGED_CHANNEL).catch(() => undefined);
    this.redis.on('message', (_channel: string, jobId: string) => {
      for (const listener of this.listeners) listener(jobId);
    });
  }

  subscribe(listener: (jobId: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): Promise<void> {
    this.listeners.clear();
    this.redis.disconnect();
    return Promise.resolve();
  }
}

/** At most one message per job in this time; the last change is always told. */
const QUIET_MS = 100;

/** Tells all processes of changed jobs through Redis. What is lost in an outage stays in the database. */
export class RedisJobNotifier implements JobNotifier {
  private readonly redis: Redis;
  private readonly quiet = new Map<string, { timer: NodeJS.Timeout; again: boolean }>();

  constructor(options: { connection: RedisConnection }) {
    this.redis = connect(options.connection, FAIL_FAST);
  }

  notify(jobId: string): void {
    const waiting = this.quiet.get(jobId);
    if (waiting) {
      waiting.again = true;
      return;
    }
    this.publish(jobId);
    const timer = setTimeout(() => {
      const { again } = this.quiet.get(jobId) ?? { again: false };
      this.quiet.delete(jobId);
      if (again) this.notify(jobId);
    }, QUIET_MS);
    this.quiet.set(jobId, { timer, again: false });
  }

  close(): Promise<void> {
    for (const [jobId, { timer, again }] of this.quiet) {
      clearTimeout(timer);
      if (again) this.publish(jobId);
    }
    this.quiet.clear();
    return this.redis.quit().then(
      () => undefined,
      () => this.redis.disconnect(),
    );
  }

  private publish(jobId: string): void {
    this.redis.publish(CHANGED_CHANNEL, jobId).catch(() => undefined);
  }
}
