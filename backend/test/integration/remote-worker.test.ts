import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../src/adapters/redis/private-redis.js';
import { AppProcess, until } from './app-process.js';
import { silentLog, temporaryFolder, tone } from './ingest-fixtures.js';

// Several processes on a machine that may be busy.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let redis: PrivateRedis;
let api: AppProcess;
/** Of somebody who adds sounds; what the worker has is good for its work alone. */
let key = '';
let narrow = '';
const started: AppProcess[] = [];
const at = (name: string): string => path.join(folder.path, name);

function start(part: 'api' | 'worker', dataDir: string, env: NodeJS.ProcessEnv): AppProcess {
  const app = AppProcess.spawn(at(dataDir), env, part);
  started.push(app);
  return app;
}
const beside = (): Promise<AppProcess> => start('worker', 'data', { REDIS_URL: `unix://${redis.socketPath}` }).ready();
const elsewhere = (env: NodeJS.ProcessEnv = {}): AppProcess =>
  start('worker', 'elsewhere', { SERVER_URL: api.url, SERVER_KEY: narrow, WORKER_CONCURRENCY: '1', ...env });

const ask = (method: string, route: string, body?: object, as = key): Promise<Response> =>
  fetch(`${api.url}/api/v1${route}`, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      ...(body && !(body instanceof FormData) && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: body instanceof FormData ? body : JSON.stringify(body) }),
  });

async function upload(file: string): Promise<string> {
  const form = new FormData();
  form.append('files', new Blob([await readFile(file)]), path.basename(file));
  const answer = (await (await ask('POST', '/audio/upload', form)).json()) as { uploads: { soundId: string }[] };
  return answer.uploads[0]!.soundId;
}

const statusOf = async (id: string): Promise<string> =>
  ((await (await ask('GET', `/audio/files/${id}`)).json()) as { status: string }).status;
const ready = (id: string): Promise<void> =>
  until(
    120_000,
    `${id}; the API said\n${api.output}\nthe last worker\n${started.at(-1)!.output}`,
    async () => (await statusOf(id)) === 'ready',
  );

/** All that processing found out about a sound. */
function found(id: string): unknown {
  const db = new BetterSqlite3(path.join(at('data'), 'traum.db'), { readonly: true });
  try {
    return {
      sound: db
        .prepare(
          'SELECT duration_s, codec, bpm, key, hearing, analysis_version, sound_kind, brightness_hz, loudness_lufs FROM sounds WHERE id = ?',
        )
        .get(id),
      segments: db
        .prepare(
          'SELECT idx, start_s, end_s, model_key, hex(vector) AS vector FROM segments JOIN sounds USING (sound_key) WHERE sounds.id = ? ORDER BY idx',
        )
        .all(id),
      peaks: db
        .prepare('SELECT bucket_s, hex(min_max) AS peaks FROM peaks JOIN sounds USING (sound_key) WHERE id = ?')
        .get(id),
      print: db.prepare('SELECT hex(levels) AS print FROM prints JOIN sounds USING (sound_key) WHERE id = ?').get(id),
    };
  } finally {
    db.close();
  }
}

beforeAll(async () => {
  folder = await temporaryFolder();
  redis = await startPrivateRedis({ directory: at('redis'), logger: silentLog });
  api = await start('api', 'data', { REDIS_URL: `unix://${redis.socketPath}`, AUTH: 'required' }).ready();
  const token = /"setupToken":"([^"]+)"/.exec(api.output)?.[1];
  const made = await fetch(`${api.url}/api/v1/auth/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, name: 'Ada', password: 'four words make one' }),
  });
  const cookie = made.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const keyOf = async (scope: string): Promise<string> => {
    const answer = await fetch(`${api.url}/api/v1/keys`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ name: scope, scopes: [scope] }),
    });
    return ((await answer.json()) as { secret: string }).secret;
  };
  [key, narrow, weak] = [await keyOf('admin'), await keyOf('worker'), await keyOf('upload')];
});
let weak = '';
afterAll(async () => {
  const running = started.filter(({ child }) => child.exitCode === null && child.signalCode === null);
  await Promise.all(running.map((app) => app.stop()));
  await redis.stop();
  await folder.remove();
});

it('finds out the same over HTTP as a worker beside the server, down to the last bit', async () => {
  const worker = await elsewhere().ready();
  const id = await upload(await tone(at('a.wav'), 23));
  await ready(id);
  const there = found(id);
  expect((there as { segments: unknown[] }).segments.length).toBeGreaterThan(2);
  await worker.stop();
  const local = await beside();
  await ask('POST', '/audio/process', { soundIds: [id], force: true });
  await until(60_000, 'the second run', async () => {
    const { items } = (await (await ask('GET', `/jobs?sound=${id}&state=completed`)).json()) as { items: unknown[] };
    return items.length === 2;
  });
  expect(found(id)).toEqual(there);
  await local.stop();
});

it('refuses a file that is at fault with the reason, as always', async () => {
  const worker = await elsewhere().ready();
  const silence = await tone(at('silence.wav'), 3, '-af', 'volume=0');
  const id = await upload(silence);
  await until(60_000, 'the verdict', async () => (await statusOf(id)) === 'failed');
  expect(await (await ask('GET', `/audio/files/${id}`)).json()).toMatchObject({
    error: expect.stringContaining('only silence') as string,
  });
  await worker.stop();
});

it('a worker that is killed loses nothing: another one goes on', async () => {
  const worker = await elsewhere().ready();
  const id = await upload(await tone(at('long.wav'), 3000, '-ar', '16000'));
  await until(60_000, 'the work to begin', async () => {
    const { items } = (await (await ask('GET', `/jobs?sound=${id}`)).json()) as {
      items: { state: string; progress: number }[];
    };
    return items[0]?.state === 'active' && items[0].progress > 0.02;
  });
  worker.child.kill('SIGKILL');
  await beside();
  await ready(id);
});

it('does not work with what does not fit, and says why', async () => {
  const { program, model } = (await (await ask('GET', '/remote')).json()) as {
    program: string;
    model: { id: string; key: string };
  };
  const other = await ask('POST', '/remote/jobs', { program: '9.9.9', modelKey: model.key });
  expect([other.status, ((await other.json()) as { detail: string }).detail]).toEqual([
    409,
    expect.stringContaining('9.9.9'),
  ]);
  const another = await ask('POST', '/remote/jobs', { program, modelKey: 'another-1' });
  expect([another.status, ((await another.json()) as { detail: string }).detail]).toEqual([
    409,
    expect.stringContaining(`"${model.id}"`),
  ]);
  const stranger = await ask('POST', '/remote/jobs/ingest-x-1/result', { token: 'made-up' });
  expect(stranger.status).toBe(422);
  expect(
    (await ask('POST', '/remote/jobs/ingest-x-1/end', { token: 'made-up', outcome: 'failed', error: '' })).status,
  ).toBe(409);

  await mkdir(at('no-models'));
  const refusals: [NodeJS.ProcessEnv, RegExp][] = [
    [{ SERVER_KEY: weak }, /key with the right "worker"/],
    [{ SERVER_KEY: '' }, /key with the right "worker"/],
    [{ SERVER_URL: 'http://127.0.0.1:59998' }, /does not answer.*ECONNREFUSED/],
    [{ MODELS_DIR: at('no-models') }, new RegExp(`model "${model.id}".*install`)],
  ];
  for (const [env, said] of refusals) {
    const worker = elsewhere(env);
    expect((await worker.exited).code).toBe(1);
    expect(worker.output).toMatch(said);
  }
});
