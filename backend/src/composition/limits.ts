import { RedisLimitCounts } from '../adapters/bullmq/index.js';
import type { RedisConnection } from '../config.js';
import { Limits } from '../domain/limits/limits.js';
import type { Lifecycle } from './lifecycle.js';

const SHARE_EVERY_MS = 1_000;

/** How often who may ask, counted together with the other API processes. */
export function openLimits(connection: RedisConnection, lifecycle: Lifecycle): Limits {
  const counts = new RedisLimitCounts({ connection });
  lifecycle.add('counts of requests', () => counts.close());
  const limits = new Limits(counts);
  const timer = setInterval(() => void limits.share(), SHARE_EVERY_MS);
  lifecycle.add('sharing of counts', () => clearInterval(timer));
  return limits;
}
