import { Redis, type RedisOptions } from 'ioredis';

/** Where Redis is: a URL, the socket of a private server, or sentinels that know which of several servers leads. */
export type RedisConnection = ({ url: string } | { socketPath: string } | { sentinels: Sentinels }) & {
  /** Before all of our keys and channels: two installations share a Redis by having two of them. */
  prefix?: string;
};

export interface Sentinels {
  hosts: { host: string; port: number }[];
  /** As they call the servers that they watch. */
  name: string;
  username?: string;
  password?: string;
  /** Of the sentinels themselves. */
  sentinelPassword?: string;
  db: number;
}

export const prefixOf = ({ prefix }: RedisConnection): string => prefix ?? 'traum';
export const QUEUE = 'ingest';
/** For short sounds, which do not wait behind long ones. */
export const SHORT_QUEUE = 'ingest-short';
/** Carries ids of jobs whose work should stop. */
export const cancelChannel = (connection: RedisConnection): string => `${prefixOf(connection)}:${QUEUE}:cancel`;
/** Carries signs of life of the workers. */
export const pulseChannel = (connection: RedisConnection): string => `${prefixOf(connection)}:workers`;

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
  const redis =
    'url' in to
      ? new Redis(to.url, settings)
      : new Redis({ ...settings, ...('socketPath' in to ? { path: to.socketPath } : followed(to.sentinels)) });
  redis.on('error', onError);
  return redis;
}

/** The server that leads at the moment, whichever that is. */
function followed({ hosts, ...rest }: Sentinels): RedisOptions {
  return {
    ...rest,
    sentinels: hosts,
    sentinelRetryStrategy: (times) => Math.min(100 * times, LONGEST_RECONNECT_MS),
    // One that leads no longer says so to whoever writes: the same is asked of the new one.
    reconnectOnError: ({ message }) => (message.startsWith('READONLY') ? 2 : false),
  };
}

/** Settings for connections that requests wait on: an outage is an error at once, not a wait. */
export const FAIL_FAST: RedisOptions = { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 3_000 };

/** Settings for connections of a worker: it waits until Redis is back. */
export const PATIENT: RedisOptions = { maxRetriesPerRequest: null };
