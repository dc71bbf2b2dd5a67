import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RedisLimitCounts } from '../../src/adapters/bullmq/index.js';
import { startPrivateRedis } from '../../src/adapters/redis/private-redis.js';
import { AppProcess, until } from './app-process.js';
import { silentLog, temporaryFolder, tone } from './ingest-fixtures.js';

// Several programs on a machine that may be busy.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let cleanup: (() => unknown)[];
beforeEach(async () => {
  cleanup = [];
  folder = await temporaryFolder();
});
afterEach(async () => {
  for (const end of cleanup.reverse()) await end();
  await folder.remove();
});

async function start(name: string, env: NodeJS.ProcessEnv): Promise<AppProcess> {
  const app = AppProcess.spawn(path.join(folder.path, name), { LOG_LEVEL: 'warn', ...env });
  cleanup.push(() => app.stop());
  return app.ready();
}

async function upload(app: AppProcess, file: string): Promise<void> {
  const form = new FormData();
  form.append('files', new Blob([await readFile(file)]), path.basename(file));
  await app.json('/audio/upload', { method: 'POST', body: form });
}

const ready = (app: AppProcess, count: number): Promise<void> =>
  until(90_000, `${count} sounds; it said:\n${app.output}`, async () => {
    const { items } = await app.json<{ items: unknown[] }>('/audio/files?status=ready');
    return items.length === count;
  });

it('two installations share a Redis, and know nothing of each other', async () => {
  const redis = await startPrivateRedis({ directory: path.join(folder.path, 'redis'), logger: silentLog });
  cleanup.push(() => redis.stop());
  const listener = new Redis({ path: redis.socketPath });
  const channels = new Set<string>();
  listener.on('pmessage', (_pattern, channel: string) => channels.add(channel));
  await listener.psubscribe('*');
  const looking = new Redis({ path: redis.socketPath });
  cleanup.push(() => (listener.disconnect(), looking.disconnect()));

  const settings = (prefix: string) => ({
    REDIS_URL: `unix://${redis.socketPath}`,
    REDIS_PREFIX: prefix,
    LIMIT_ADDRESS: '500',
  });
  const apps = [await start('one', settings('studio.one')), await start('two', settings('two'))] as const;
  const heard = ['', ''];
  for (const [at, app] of apps.entries()) {
    const leaving = new AbortController();
    cleanup.push(() => leaving.abort());
    const { body } = await fetch(`${app.url}/api/v1/events`, { signal: leaving.signal });
    void (async () => {
      for await (const chunk of body!) heard[at] += Buffer.from(chunk).toString();
    })().catch(() => undefined);
  }
  const files = await Promise.all([2, 3, 4].map((s) => tone(path.join(folder.path, `${s}.wav`), s)));
  await upload(apps[0], files[0]!);
  await upload(apps[0], files[1]!);
  await ready(apps[0], 2);
  expect(heard[0]).toMatch(/event: job/);
  expect(heard[1]).not.toMatch(/event: (?:job|library)/);
  await upload(apps[1], files[2]!);
  await ready(apps[1], 1);

  // Each sees its own worker alone, and counts for itself.
  for (const app of apps) {
    await until(30_000, 'one worker', async () => {
      const metrics = await (await fetch(`${app.url}/metrics`)).text();
      return /^traum_workers 1$/m.test(metrics);
    });
  }
  const counted = await Promise.all(
    ['studio.one', 'two'].map(async (prefix) => {
      const counts = new RedisLimitCounts({ connection: { socketPath: redis.socketPath, prefix } });
      cleanup.push(() => counts.close());
      await until(10_000, 'a connection', () =>
        counts.add(0, new Map([['probe', 1]])).then(
          () => true,
          () => false,
        ),
      );
      return [...(await counts.add(1, new Map([['key:1', 3]])))];
    }),
  );
  expect(counted).toEqual([[['key:1', 3]], [['key:1', 3]]]);
  const keys = await looking.keys('*');
  expect(keys.filter((key) => !/^(?:studio\.one|two):/.test(key))).toEqual([]);
  for (const prefix of ['studio.one', 'two']) {
    expect(keys).toContain(`${prefix}:events`);
    expect(keys.some((key) => key.startsWith(`${prefix}:ingest`))).toBe(true);
    expect(channels).toContain(`${prefix}:workers`);
  }
  expect([...channels].filter((channel) => !/^(?:studio\.one|two):/.test(channel))).toEqual([]);
});

it('follows the sentinels to another server when the first is gone', async () => {
  const [first, second, watch] = (await freePorts(3)) as [number, number, number];
  const server = async (name: string, port: number, args: string[]): Promise<ChildProcess> => {
    const cwd = path.join(folder.path, name);
    await mkdir(cwd);
    await writeFile(path.join(cwd, 'own.conf'), ['bind 127.0.0.1', `port ${port}`, ...args].join('\n'));
    const sentinel = name === 'sentinel' ? ['--sentinel'] : [];
    const child = spawn('redis-server', ['own.conf', ...sentinel], { cwd, stdio: 'ignore' });
    cleanup.push(() => child.kill('SIGKILL'));
    return child;
  };
  const leader = await server('first', first, []);
  await server('second', second, [`replicaof 127.0.0.1 ${first}`]);
  const at = (port: number): Redis => {
    const redis = new Redis({ host: '127.0.0.1', port, lazyConnect: false });
    cleanup.push(() => redis.disconnect());
    return redis.on('error', () => undefined);
  };
  const replica = at(second);
  await until(20_000, 'the replica', async () => (await replica.info('replication')).includes('master_link_status:up'));
  await server('sentinel', watch, [
    `sentinel monitor sounds 127.0.0.1 ${first} 1`,
    'sentinel down-after-milliseconds sounds 1000',
    'sentinel failover-timeout sounds 5000',
  ]);
  const asking = at(watch);
  await until(20_000, 'the sentinel to know both', async () => {
    const replicas = (await asking.call('SENTINEL', 'REPLICAS', 'sounds').catch(() => [])) as unknown[];
    return replicas.length === 1;
  });

  const files = await Promise.all([2, 3].map((s) => tone(path.join(folder.path, `${s}.wav`), s)));
  const app = await start('data', { REDIS_URL: `redis+sentinel://127.0.0.1:${watch}/sounds` });
  await upload(app, files[0]!);
  await ready(app, 1);
  leader.kill('SIGKILL');
  await until(60_000, 'another leader', async () => (await replica.info('replication')).includes('role:master'));
  await until(60_000, 'an upload to be taken', () =>
    upload(app, files[1]!).then(
      () => true,
      () => false,
    ),
  );
  await ready(app, 2);
});

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
