import http from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../src/adapters/redis/private-redis.js';
import { AppProcess, until } from './app-process.js';
import { silentLog, temporaryFolder, tone } from './ingest-fixtures.js';
import { readFile } from 'node:fs/promises';

// Four processes on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

/** Two API processes and a worker, as containers run them: one data directory, one Redis. */
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let redis: PrivateRedis;
let apis: [AppProcess, AppProcess];
let parts: AppProcess[];
let streams: http.ClientRequest[];

beforeEach(async () => {
  streams = [];
  parts = [];
  folder = await temporaryFolder();
  redis = await startPrivateRedis({ directory: path.join(folder.path, 'redis'), logger: silentLog });
  apis = [await start('api'), await start('api')];
  await start('worker');
});
afterEach(async () => {
  for (const stream of streams) stream.destroy();
  await Promise.all(parts.filter(({ child }) => child.signalCode === null).map((part) => part.stop()));
  await redis.stop();
  await folder.remove();
});

async function start(part: 'api' | 'worker'): Promise<AppProcess> {
  const env = { REDIS_URL: `unix://${redis.socketPath}` };
  const started = AppProcess.spawn(path.join(folder.path, 'data'), env, part);
  parts.push(started);
  return started.ready();
}

interface Told {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

function follow(api: AppProcess, lastEventId?: string) {
  let text = '';
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const stream = http.get(`${api.url}/api/v1/events`, { agent: false, headers }, (response) => {
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.on('error', () => undefined);
  });
  streams.push(stream.on('error', () => undefined));
  const told = (): Told[] =>
    [...text.matchAll(/^(?:id: (.*)\n)?event: (.*)\ndata: (.*)\n\n/gm)].map(([, id, event, data]) => ({
      id: id ?? '',
      event: event!,
      data: JSON.parse(data!) as Record<string, unknown>,
    }));
  const hears = (event: string, data: object): Promise<void> =>
    until(60_000, `${event} ${JSON.stringify(data)}; there was\n${text}`, () =>
      told().some(
        (one) => one.event === event && Object.entries(data).every(([key, value]) => one.data[key] === value),
      ),
    );
  const lastId = (): string => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
  return { told, hears, lastId, stop: () => stream.destroy() };
}

async function upload(api: AppProcess, file: string): Promise<string> {
  const form = new FormData();
  form.append('files', new Blob([await readFile(file)]), path.basename(file));
  const { uploads } = await api.json<{ uploads: { soundId: string }[] }>('/audio/upload', {
    method: 'POST',
    body: form,
  });
  return uploads[0]!.soundId;
}

const post = (api: AppProcess, route: string, body: object, method = 'POST') =>
  api.json(route, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

it('tells clients of each API what was done in the other and in the worker, also after they were away', async () => {
  const [one, other] = apis;
  const stream = follow(other);
  await until(30_000, 'the snapshot', () => stream.told().length > 0);
  const soundId = await upload(one, await tone(path.join(folder.path, 'tone.wav'), 2));
  await stream.hears('library', { change: 'created', soundId });
  await stream.hears('job', { soundId, state: 'completed' });
  await stream.hears('index', { segments: 1 });
  await post(one, '/collections', { name: 'Rain' });
  await stream.hears('collection', { change: 'created' });

  const lastId = stream.lastId();
  stream.stop();
  await post(other, `/audio/files/${soundId}`, { title: 'Renamed' }, 'PATCH');
  const back = follow(one, lastId);
  await back.hears('library', { change: 'updated', soundId });
  expect(back.told().map(({ event }) => event)).not.toContain('snapshot');
  const late = follow(one, 'unknown');
  await late.hears('reset', {});

  const killed = redis.pid;
  process.kill(killed, 'SIGKILL');
  await until(30_000, 'a new Redis', () => redis.pid !== killed);
  await post(other, `/audio/files/${soundId}`, { title: 'Again' }, 'PATCH');
  const heard = back.told().length;
  await until(
    30_000,
    'a change after the outage',
    () => back.told().length > heard || back.told().at(-1)?.event === 'library',
  );
  expect((await one.json<{ title: string }>(`/audio/files/${soundId}`)).title).toBe('Again');
});

it('makes one of two collections that are given a name in both at once', async () => {
  const [one, other] = apis;
  const made = async (api: AppProcess, name: string): Promise<number> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${api.url}/api/v1/collections`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ name }),
    });
    return answer.status;
  };
  for (let round = 0; round < 20; round++) {
    const wanted = [one, other, one, other].map((api, at) => made(api, at % 2 ? `Drums ${round}` : `DRUMS ${round}`));
    expect((await Promise.all(wanted)).sort()).toEqual([201, 409, 409, 409]);
  }
});

interface Work {
  id: string;
  kind: string;
  state: string;
  error: string | null;
}

it('shows the work of each API in the other, where it is stopped and done again; what a killed one did has failed', async () => {
  const [one, other] = apis;
  const stream = follow(other);
  const work = (api: AppProcess, id: string): Promise<Work> => api.json(`/jobs/${id}`);
  const install = `/models/clap-htsat-unfused/install`;
  // There is no way to the hub: it tries again and again, until somebody stops it.
  await fetch(`${one.url}/api/v1${install}`, { method: 'POST' });
  const listed = await other.json<{ items: Work[] }>('/jobs?kind=install&state=active');
  expect(listed.items).toHaveLength(1);
  const [{ id }] = listed.items as [Work];
  expect((await fetch(`${other.url}/api/v1${install}`, { method: 'POST' })).ok).toBe(true);
  expect((await one.json<{ total: number }>('/jobs?kind=install')).total).toBe(1);
  const models = await other.json<{ items: { id: string; install: { state: string } | null }[] }>('/models');
  expect(models.items.find((model) => model.id === 'clap-htsat-unfused')?.install?.state).toBe('running');
  await post(other, `/jobs/${id}/cancel`, {});
  await stream.hears('work', { id, state: 'cancelled' });
  expect((await work(one, id)).state).toBe('cancelled');

  const again = (await post(one, `/jobs/${id}/retry`, {})) as Work;
  expect(again.id).not.toBe(id);
  one.child.kill('SIGKILL');
  await one.exited;
  await until(
    30_000,
    'the work of the killed one to have failed',
    async () => (await work(other, again.id)).state === 'failed',
  );
  expect((await work(other, again.id)).error).toMatch(/ended/);
});
