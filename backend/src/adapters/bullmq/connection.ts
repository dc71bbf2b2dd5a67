import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';

/** Where Redis is: a URL, the socket of a private server, sentinels that know which of several servers leads, or nodes of a cluster. */
export type RedisConnection = (
  { url: string } | { socketPath: string } | { sentinels: Sentinels } | { cluster: ClusterNodes }
) & {
  /** Before all of our keys and channels: two installations share a Redis by having two of them. */
  prefix?: string;
};

interface Servers {
  hosts: { host: string; port: number }[];
  username?: string;
  password?: string;
}

export interface Sentinels extends Servers {
  /** As they call the servers that they watch. */
  name: string;
  /** Of the sentinels themselves. */
  sentinelPassword?: string;
  db: number;
}

export interface ClusterNodes extends Servers {
  tls: boolean;
}

/** A connection to whatever Redis is. */
export type RedisClient = Redis | Cluster;

/** In a cluster all keys of an installation lie in one slot: scripts and transactions reach no more than that. */
export const prefixOf = (connection: RedisConnection): string => {
  const { prefix = 'traum' } = connection;
  return 'cluster' in connection ? `{${prefix}}` : prefix;
};
export const QUEUE = 'ingest';
/** For short sounds, which do not wait behind long ones. */
export const SHORT_QUEUE = 'ingest-short';
/** Carries ids of jobs whose work should stop. */
export const cancelChannel = (connection: RedisConnection): string => `${prefixOf(connection)}:${QUEUE}:cancel`;
/** Carries signs of life of the workers. */
export const pulseChannel = (connection: RedisConnection): string => `${prefixOf(connection)}:workers`;

const LONGEST_RECONNECT_MS = 2_000;
const CONNECT_MS = 5_000;
const SLOTS_MS = 5_000;
const SUBSCRIBE_AGAIN_MS = 1_000;
const UNMET = 'nothing was heard from Redis yet';

const wait = (times: number): number => Math.min(100 * times, LONGEST_RECONNECT_MS);

/**
 * A connection that reconnects for ever.
 * @param onError told of every lost connection; without a listener ioredis would print it
 */
export function connect(
  to: RedisConnection,
  options: RedisOptions = {},
  onError: (error: Error) => void = () => undefined,
): RedisClient {
  const redis = open(to, { retryStrategy: wait, connectTimeout: CONNECT_MS, ...options });
  let met = false;
  redis.once('ready', () => (met = true));
  redis.on('error', (error: Error & { lastNodeError?: Error }) => {
    // Of a cluster that does not answer the last node's words say why.
    const last = error.lastNodeError ?? error;
    if (met) onError(last);
    else if ('cluster' in to && !/^[A-Z]+ /.test(last.message))
      explain(to.cluster, (why) => onError(unmet(why ?? last)));
    else onError(unmet(last));
  });
  return redis;
}

/** Why a node of a cluster cannot be reached, which ioredis keeps to itself: it is asked alone. @param tell null: it can be */
function explain(nodes: ClusterNodes, tell: (why: Error | null) => void): void {
  const { redisOptions } = spread(nodes, { connectTimeout: CONNECT_MS });
  const node = new Redis({ ...redisOptions, ...nodes.hosts[0], retryStrategy: () => null });
  let why: Error | null = null;
  node.on('error', (error: Error) => (why = error));
  node.once('ready', () => node.disconnect());
  node.once('end', () => tell(why));
}

/** A server that has never answered may speak TLS where we do not, or the other way round: neither hears a word of the other. */
function unmet(error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'ETIMEDOUT'
    ? new Error(`${UNMET}: ${error.message}`, { cause: error })
    : error;
}

/** A connection that hears a channel, and goes on hearing it. */
export function hear(to: RedisConnection, channel: string, take: (text: string) => void): RedisClient {
  const redis = connect(to, PATIENT);
  redis.on('message', (_channel: string, text: string) => take(text));
  // Once it hears, ioredis sees to that after every loss. The node of a cluster that is asked first may be gone just then.
  const subscribe = (): void => {
    redis.subscribe(channel).catch(() => {
      if (redis.status !== 'end') setTimeout(subscribe, SUBSCRIBE_AGAIN_MS).unref();
    });
  };
  subscribe();
  return redis;
}

function open(to: RedisConnection, settings: RedisOptions): RedisClient {
  if ('url' in to) return new Redis(to.url, settings);
  if ('socketPath' in to) return new Redis({ ...settings, path: to.socketPath });
  if ('sentinels' in to) return new Redis({ ...settings, ...followed(to.sentinels) });
  return new Cluster(to.cluster.hosts, spread(to.cluster, settings));
}

/** The server that leads at the moment, whichever that is. */
function followed({ hosts, ...rest }: Sentinels): RedisOptions {
  return {
    ...rest,
    sentinels: hosts,
    sentinelRetryStrategy: wait,
    // One that leads no longer says so to whoever writes: the same is asked of the new one.
    reconnectOnError: ({ message }) => (message.startsWith('READONLY') ? 2 : false),
  };
}

/** Whichever node has our slot at the moment. */
function spread(
  { username, password, tls }: ClusterNodes,
  { enableOfflineQueue = true, retryStrategy: _, ...settings }: RedisOptions,
): ClusterOptions {
  return {
    enableOfflineQueue,
    clusterRetryStrategy: wait,
    slotsRefreshTimeout: SLOTS_MS,
    redisOptions: {
      ...settings,
      ...(username && { username }),
      ...(password && { password }),
      ...(tls && { tls: {} }),
    },
    // A certificate names a host, not its number.
    ...(tls && { dnsLookup: (host, answer) => answer(null, host) }),
  };
}

/** What an operator can do about what Redis says, where its own words do not tell. */
export function remedyOf({ message }: Error): string | null {
  if (message.startsWith(UNMET)) {
    return 'Redis does not answer. If it speaks TLS, REDIS_URL begins with rediss:// or rediss+cluster://, otherwise with redis';
  }
  if (/self-signed certificate|unable to (get local issuer|verify the first) certificate/.test(message)) {
    return 'The certificate of Redis is by an authority that is not known here: name its file with NODE_EXTRA_CA_CERTS';
  }
  if (/does not match certificate's altnames/.test(message)) {
    return 'The certificate of Redis names another host. Nodes of a cluster announce names by cluster-announce-hostname';
  }
  if (/^(MOVED|CROSSSLOT)\b/.test(message)) {
    return 'REDIS_URL names one server of a Redis Cluster. Write redis+cluster://HOST:6379,HOST2:6379 instead of redis://';
  }
  if (/cluster support disabled/.test(message)) {
    return 'REDIS_URL says redis+cluster://, but the server there is in no cluster. Write redis://';
  }
  if (/^CLUSTERDOWN\b/.test(message)) return 'The Redis Cluster lacks masters: look at "redis-cli cluster info"';
  if (/^(NOAUTH|WRONGPASS|ERR AUTH)\b/.test(message)) return 'Redis does not take the name and password in REDIS_URL';
  return null;
}

/** Settings for connections that requests wait on: an outage is an error at once, not a wait. */
export const FAIL_FAST: RedisOptions = { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 3_000 };

/** Settings for connections of a worker: it waits until Redis is back. */
export const PATIENT: RedisOptions = { maxRetriesPerRequest: null };
