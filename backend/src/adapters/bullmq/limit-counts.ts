import type { SharedCounts } from '../../domain/limits/limits.ports.js';
import { connect, FAIL_FAST, prefixOf, type RedisClient, type RedisConnection } from './connection.js';

/** Clocks of processes may differ by as much. */
const KEPT_S = 180;

/** Requests of each minute in Redis, by whoever made them. */
export class RedisLimitCounts implements SharedCounts {
  private readonly redis: RedisClient;

  constructor(private readonly options: { connection: RedisConnection }) {
    this.redis = connect(options.connection, FAIL_FAST);
  }

  async add(minute: number, counts: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>> {
    const names = [...counts.keys()];
    const pipeline = this.redis.pipeline();
    for (const name of names) {
      const key = `${prefixOf(this.options.connection)}:limit:${minute}:${name}`;
      pipeline.incrby(key, counts.get(name) ?? 0).expire(key, KEPT_S);
    }
    const answers = (await pipeline.exec()) ?? [];
    const failure = answers.find(([error]) => error)?.[0];
    if (failure) throw failure;
    return new Map(names.map((name, place) => [name, Number(answers[2 * place]?.[1])]));
  }

  close(): void {
    this.redis.disconnect();
  }
}
