import { Redis, type RedisOptions } from 'ioredis';

/** Where Redis is: a URL, or the socket of a private server. */
export type RedisConnection = { url: string } | { socketPath: string };

/** Prefix of all our keys and channels. */
export const PREFIX = 'traum';
export const QUEUE = 'ingest';
/** For short sounds, which do not wait behind long ones. */
export const SHORT_QUEUE = 'ingest-short';
/** Carries ids of jobs whose work should stop. */
export const CANCEL_CHANNEL = `${PREFIX}:${QUEUE}:cancel`;
/** Carries signs of life of the workers. */
export const PULSE_CHANNEL = `${PREFIX}:workers`;

const LONGEST_RECONNECT_MS = 2_000;

/**
 * A connection that reconnects for ever.
 * @param onError told of every lost connection; without a listener ioredis would print it
 */
export function connect(
  to: RedisConnection,
  options: RedisOptions = {},
  onError: (error: Error) => void = () => undefined,
): Redis {
  const settings: RedisOptions = {
    retryStrategy: (times) => Math.min(100 * times, LONGEST_RECONNECT_MS),
    connectTimeout: 5_000,
    ...options,
  };
  const redis = 'url' in to ? new Redis(to.url, settings) : new Redis({ ...settings, path: to.socketPath });
  redis.on('error', onError);
  return redis;
}

/** Settings for connections that requests wait on: an outage is an error at once, not a wait. */
export const FAIL_FAST: RedisOptions = { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 3_000 };

/** Settings for connections of a worker: it waits until Redis is back. */
export const PATIENT: RedisOptions = { maxRetriesPerRequest: null };
