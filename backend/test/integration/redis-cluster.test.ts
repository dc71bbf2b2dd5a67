import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BullmqJobQueue, BullmqRemoteQueue, BullmqWorker, RedisLimitCounts } from '../../src/adapters/bullmq/index.js';
import { freePort, TestRedisCluster } from '../support/redis-cluster.js';
import { AppProcess, until } from './app-process.js';
import { silentLog, temporaryFolder, tone } from './ingest-fixtures.js';

// Six servers and a program on a machine that may be busy.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let redis: TestRedisCluster;
let cleanup: (() => unknown)[] = [];
beforeAll(async () => {
  folder = await temporaryFolder();
  redis = await TestRedisCluster.start();
});
afterEach(async () => {
  for (const end of cleanup.reverse()) await end();
  cleanup = [];
});
afterAll(async () => {
  await redis.stop();
  await folder.remove();
});

async function upload(app: AppProcess, file: string): Promise<void> {
  const form = new FormData();
  form.append('files', new Blob([await readFile(file)]), path.basename(file));
  await app.json('/audio/upload', { method: 'POST', body: form });
}

async function ready(app: AppProcess, count: number): Promise<void> {
  let items: { filename: string; status: string; error?: unknown }[] = [];
  const all = async (): Promise<boolean> => {
    ({ items } = await app.json<{ items: typeof items }>('/audio/files'));
    return items.filter(({ status }) => status === 'ready').length === count;
  };
  await until(120_000, `${count} sounds`, all).catch((cause: Error) => {
    const seen = items.map(({ filename, status, error }) => `${filename}: ${status} ${JSON.stringify(error ?? '')}`);
    throw new Error(`${cause.message}, there are:\n${seen.join('\n')}\nIt said:\n${app.output}`, { cause });
  });
}

/** A log of what a part tells the operator. */
function recorded() {
  const said: string[] = [];
  const say = (_fields: object, message: string): void => void said.push(message);
  return { said, logger: { ...silentLog, info: say, warn: say } };
}

it('all kinds of jobs, turns, counts, locks and cancelling go through one slot', async () => {
  const connection = { cluster: redis.cluster, prefix: 'adapters' };
  const queue = new BullmqJobQueue({ connection });
  cleanup.push(() => queue.close());
  const flows = Array.from({ length: 40 }, (_, at) => ({ owner: `person-${at % 2}`, batch: at % 3 === 0 }));
  for (const [at, flow] of flows.entries()) await queue.add(`ingest-${at}`, at % 5 === 0 ? 4000 : 5, flow);
  expect(await queue.addMissing(flows.map((_, at) => `ingest-${at}`))).toBe(0);
  expect(
    await queue.addMissing(
      Array.from({ length: 700 }, (_, at) => `analyse-${at}`),
      { background: true },
    ),
  ).toBe(700);
  await queue.ping();

  const remote = new BullmqRemoteQueue({ connection });
  cleanup.push(() => remote.close());
  const taken = await remote.take();
  expect(taken?.jobId).toMatch(/^ingest-/);
  expect(await remote.hold(taken!)).toBe(true);
  await remote.finish(taken!);
  expect(await remote.hold(taken!)).toBe(false);

  const done: string[] = [];
  const aborted: string[] = [];
  const worker = new BullmqWorker({
    connection,
    concurrency: 20,
    logger: silentLog,
    process: async (jobId, { signal }) => {
      if (jobId === 'ingest-held') await new Promise((resolve) => signal.addEventListener('abort', resolve));
      (signal.aborted ? aborted : done).push(jobId);
    },
  });
  cleanup.push(() => worker.close());
  await worker.ready();
  await queue.add('ingest-held', 5);
  await until(60_000, 'all jobs', () => done.length === 739);
  expect(new Set(done).size).toBe(739);
  expect(done).not.toContain(taken!.jobId);
  await until(30_000, 'the job to be cancelled', async () => {
    await queue.remove('ingest-held');
    return aborted.includes('ingest-held');
  });

  const counts = new RedisLimitCounts({ connection });
  cleanup.push(() => counts.close());
  await until(10_000, 'a connection', () =>
    counts.add(0, new Map([['probe', 1]])).then(
      () => true,
      () => false,
    ),
  );
  const asked = new Map(Array.from({ length: 30 }, (_, at) => [`address:${at}`, at + 1]));
  expect(await counts.add(1, asked)).toEqual(asked);
});

it('says what is wrong with an address', async () => {
  const port = await freePort();
  const alone = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' });
  cleanup.push(() => alone.kill('SIGKILL'));
  const { logger, said } = recorded();
  const wrong = [
    { connection: { url: redis.oneUrl }, words: /Write redis\+cluster:\/\// },
    { connection: { cluster: { ...redis.cluster, password: 'wrong' } }, words: /name and password/ },
    { connection: { cluster: { hosts: [{ host: '127.0.0.1', port }], tls: false } }, words: /Write redis:\/\// },
    { connection: { url: redis.oneUrl.replace(/:[^:@]+@/, ':wrong@') }, words: /name and password/ },
  ];
  for (const { connection, words } of wrong) {
    const queue = new BullmqJobQueue({ connection, logger });
    cleanup.push(() => queue.close());
    await expect(queue.ping()).rejects.toMatchObject({ code: 'queue_unavailable' });
    await expect(queue.add('ingest-a')).rejects.toMatchObject({ code: 'queue_unavailable' });
    expect(said.splice(0)).toEqual([expect.stringMatching(words)]);
  }
});

it('the whole program goes on while the slot moves, and when its node dies', async () => {
  const files = await Promise.all(
    Array.from({ length: 9 }, (_, at) => tone(path.join(folder.path, `${at}.wav`), 2 + at)),
  );
  const app = await AppProcess.spawn(path.join(folder.path, 'data'), {
    LOG_LEVEL: 'warn',
    REDIS_URL: redis.url,
  }).ready();
  cleanup.push(() => app.stop());
  const leaving = new AbortController();
  cleanup.push(() => leaving.abort());
  let heard = '';
  const { body } = await fetch(`${app.url}/api/v1/events`, { signal: leaving.signal });
  void (async () => {
    for await (const chunk of body!) heard += Buffer.from(chunk).toString();
  })().catch(() => undefined);

  await upload(app, files[0]!);
  await ready(app, 1);
  await until(20_000, 'events and the worker', async () => {
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    return /event: job/.test(heard) && /event: library/.test(heard) && /^traum_workers 1$/m.test(metrics);
  });
  const ours = (await redis.keys()).map(({ keys }) => keys.filter((key) => !key.startsWith('{adapters}')));
  expect(ours.filter((keys) => keys.length > 0)).toHaveLength(1);
  expect(ours.flat().filter((key) => !key.startsWith('{traum}:'))).toEqual([]);

  // What is added while keys lie here and there is accepted, and done at the latest when all of them have arrived.
  let accepted = 1;
  const take = async (file: string): Promise<void> => {
    await until(60_000, 'an upload to be taken', () =>
      upload(app, file).then(
        () => true,
        () => false,
      ),
    );
    accepted += 1;
  };
  await Promise.all(files.slice(1, 3).map(take));
  await redis.moveSlotOf('{traum}:', async () => {
    await Promise.all(files.slice(3, 5).map(take));
  });
  await ready(app, accepted);

  await take(files[5]!);
  await Promise.all([redis.killOwnerOf('{traum}:'), take(files[6]!)]);
  await take(files[7]!);
  await ready(app, accepted);
  heard = '';
  await take(files[8]!);
  await ready(app, accepted);
  expect(accepted).toBe(9);
  await until(30_000, 'events after all of it', () => /event: job/.test(heard));
});

describe('with TLS', () => {
  let secure: TestRedisCluster;
  beforeAll(async () => void (secure = await TestRedisCluster.start({ tls: true })));
  afterAll(() => secure.stop());

  it('says so where the authority is not known, and where only one side speaks TLS', async () => {
    const { logger, said } = recorded();
    const wrong = [
      { connection: { cluster: secure.cluster }, words: /NODE_EXTRA_CA_CERTS/ },
      { connection: { cluster: { ...secure.cluster, tls: false } }, words: /rediss\+cluster:\/\// },
    ];
    for (const { connection, words } of wrong) {
      const worker = new BullmqWorker({ connection, concurrency: 1, logger, process: async () => undefined });
      cleanup.push(() => worker.close());
      await until(30_000, `${words.source} in:\n${said.join('\n')}`, () => said.some((text) => words.test(text)));
      said.length = 0;
    }
  });

  it('the whole program takes, hears and finds sounds, also after a node has died', async () => {
    const files = await Promise.all([2, 3].map((s) => tone(path.join(folder.path, `secure-${s}.wav`), s)));
    const app = await AppProcess.spawn(path.join(folder.path, 'secure'), {
      LOG_LEVEL: 'warn',
      ...secure.settings,
    }).ready();
    cleanup.push(() => app.stop());
    await upload(app, files[0]!);
    await ready(app, 1);
    await secure.killOwnerOf('{traum}:');
    await until(60_000, 'an upload to be taken', () =>
      upload(app, files[1]!).then(
        () => true,
        () => false,
      ),
    );
    await ready(app, 2);
    // The index follows what is told through Redis.
    await until(30_000, 'both in the index', async () => {
      const { index } = await app.json<{ index: { sounds: number } }>('/analytics/stats');
      return index.sounds === 2;
    });
    // Two of one tone are copies: one answer.
    const { results } = await app.json<{ results: unknown[] }>('/search?q=tone&mode=semantic');
    expect(results).toHaveLength(1);
  });
});
