/** What `REDIS_URL` may say. */
export const REDIS_FORMS =
  'must look like redis://host:6379, unix:///path/to/redis.sock, redis+sentinel://user:password@host:26379,host2:26379/mymaster/0 ' +
  'or redis+cluster://user:password@host:6379,host2:6379 (a cluster has no numbered databases)';

/** Several servers, and how all of them are signed in to. */
interface Servers {
  hosts: { host: string; port: number }[];
  username?: string;
  password?: string;
}

interface Sentinels extends Servers {
  name: string;
  sentinelPassword?: string;
  db: number;
}

interface ClusterNodes extends Servers {
  tls: boolean;
}

/** Where Redis is: a URL, the socket of a private server, sentinels that know which of several servers leads, or nodes of a cluster. */
export type RedisAddress =
  { url: string } | { socketPath: string } | { sentinels: Sentinels } | { cluster: ClusterNodes };

const LOGIN = '(?:(?<login>[^@/]*)@)?(?<hosts>[^@/?]+)';
const SENTINEL = new RegExp(
  `^redis\\+sentinel://${LOGIN}/(?<name>[^/?]+)(?:/(?<db>\\d{1,4}))?/?(?:\\?sentinelPassword=(?<sentinelPassword>[^&]+))?$`,
);
const CLUSTER = new RegExp(`^redis(?<tls>s?)\\+cluster://${LOGIN}/?$`);

/** @returns null for what is no address */
export function redisAddress(url: string): RedisAddress | null {
  try {
    if (/^unix:\/\/\/./.test(url)) return { socketPath: url.slice('unix://'.length) };
    if (/^rediss?:\/\/./.test(url) && URL.canParse(url)) return { url };
    const sentinel = SENTINEL.exec(url)?.groups;
    if (sentinel) {
      const { name = '', db = '0', sentinelPassword } = sentinel;
      return {
        sentinels: {
          ...servers(sentinel, 26_379),
          name: decodeURIComponent(name),
          ...(sentinelPassword !== undefined && { sentinelPassword: decodeURIComponent(sentinelPassword) }),
          db: Number(db),
        },
      };
    }
    const cluster = CLUSTER.exec(url)?.groups;
    return cluster ? { cluster: { ...servers(cluster, 6379), tls: cluster['tls'] === 's' } } : null;
  } catch {
    return null;
  }
}

/** Which one that is, for people: without its password. */
export function placeOf(address: RedisAddress): string {
  if ('socketPath' in address) return address.socketPath;
  if ('url' in address) {
    const { hostname, port } = new URL(address.url);
    return `${hostname}:${port || '6379'}`;
  }
  const { hosts } = 'sentinels' in address ? address.sentinels : address.cluster;
  return hosts.map(({ host, port }) => `${host}:${port}`).join(', ');
}

/** @throws for what is no host, no port, or encoded wrongly */
function servers({ login = '', hosts = '' }: Record<string, string | undefined>, defaultPort: number): Servers {
  const [, username = '', password] = /^([^:]*)(?::(.*))?$/
    .exec(login)!
    .map((text: string | undefined) => text && decodeURIComponent(text));
  return {
    hosts: hosts.split(',').map((entry) => {
      const { hostname, port } = new URL(`redis://${entry.trim()}`);
      if (hostname === '') throw new Error('no host');
      return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || defaultPort) };
    }),
    ...(username && { username }),
    ...(password !== undefined && { password }),
  };
}
