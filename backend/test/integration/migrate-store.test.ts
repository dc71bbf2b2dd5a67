import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestPostgres, withoutPostgres } from '../support/postgres.js';
import { TestS3, withoutS3 } from '../support/s3.js';
import { AppProcess, until } from './app-process.js';
import { temporaryFolder, tone } from './ingest-fixtures.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 240_000 });

const CLI = fileURLToPath(new URL('../../dist/main/migrate-store.js', import.meta.url));
const NAMES = ['kettle.wav', 'thunder.wav', 'bell.wav', 'glockenspiel.wav', 'Straße – Ж☂.wav', 'rain.wav'];
const OWN_SETTINGS = ['DATABASE_URL', 'STORAGE_URL', 'S3_ENDPOINT', 'DATA_DIR', 'BACKUP_DIR', 'REDIS_URL'];

/** The command as people call it. @param killAt ends it at once when it says this */
async function migrate(
  env: NodeJS.ProcessEnv,
  args: string[],
  killAt?: string,
): Promise<{ code: number; said: string }> {
  const clean = Object.fromEntries(OWN_SETTINGS.map((name) => [name, '']));
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...clean, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (killAt && said.includes(killAt)) child.kill('SIGKILL');
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { code: code ?? -1, said };
}

interface Named {
  id: string;
  filename: string;
}

async function upload(app: AppProcess, files: string[]): Promise<string[]> {
  const form = new FormData();
  for (const file of files) form.append('files', new Blob([await readFile(file)]), path.basename(file));
  const { uploads } = await app.json<{ uploads: { soundId: string }[] }>('/audio/upload', {
    method: 'POST',
    body: form,
  });
  return uploads.map(({ soundId }) => soundId);
}

const send = (app: AppProcess, method: string, route: string, body?: unknown) =>
  fetch(`${app.url}/api/v1${route}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

async function ready(app: AppProcess, count: number): Promise<void> {
  await until(120_000, `${count} sounds to be ready`, async () => {
    const { items } = await app.json<{ items: unknown[] }>('/audio/files?status=ready');
    const stats = await app.json<{ index: { segments: number } }>('/analytics/stats');
    // Tags come a little later, and would be told as a difference.
    const { progress } = await app.json<{ progress: { waiting: number } }>('/tags/vocabulary');
    return items.length === count && stats.index.segments >= count && progress.waiting === 0;
  });
}

/** What people see of a library, word by word; nothing that changes by looking. */
async function seen(app: AppProcess): Promise<unknown> {
  const answers: Record<string, unknown> = {};
  const { items } = await app.json<{ items: Named[] }>('/audio/files?sort=title');
  const { items: collections } = await app.json<{ items: Named[] }>('/collections');
  const routes = [
    '/audio/files?sort=title',
    '/bin',
    '/tags',
    '/collections',
    ...collections.map(({ id }) => `/collections/${id}/sounds`),
    '/saved-searches',
    ...items.map(({ id }) => `/audio/files/${id}`),
    ...items.map(({ id }) => `/audio/files/${id}/waveform`),
  ];
  for (const route of routes) answers[route] = await app.json(route);
  for (const query of [
    'kettle',
    'kettel',
    'glocken',
    'straße',
    'tag:metal',
    'name:bell',
    'favourite:yes',
    'loud metal',
  ]) {
    answers[query] = await found(app, query, 'keyword');
  }
  answers['by sound'] = await found(app, 'a steady tone', 'semantic');
  answers['both'] = await found(app, 'kettle tone', 'hybrid');
  for (const { id, filename } of items) {
    const bytes = await (await fetch(`${app.url}/api/v1/audio/files/${id}/download`)).arrayBuffer();
    answers[`bytes of ${filename}`] = Buffer.from(bytes).toString('base64url').slice(-200);
  }
  return answers;
}

async function found(app: AppProcess, query: string, mode: string): Promise<unknown> {
  const answer = await app.json<{ results: { sound: Named; score: number | null }[] }>(
    `/search?q=${encodeURIComponent(query)}&mode=${mode}&copies=show`,
  );
  return answer.results
    .map(({ sound, score }) => [sound.filename, mode === 'semantic' ? score?.toFixed(5) : null])
    .sort();
}

const folder = await temporaryFolder();
afterAll(() => folder.remove());

describe.skipIf(withoutPostgres() !== null || withoutS3() !== null)('a library that moves', () => {
  let postgres: TestPostgres;
  let s3: TestS3;
  let database: string;
  let bucket: NodeJS.ProcessEnv;
  const files: string[] = [];
  const at = (name: string) => path.join(folder.path, name);
  const first = { DATA_DIR: at('first') };
  let onDisk: unknown;

  beforeAll(async () => {
    [postgres, s3] = await Promise.all([TestPostgres.start(), TestS3.start()]);
    database = await postgres.library();
    bucket = s3.settings('moved');
    for (const [place, name] of [...NAMES, 'late.wav', 'later.wav', 'gone.wav'].entries()) {
      files.push(await tone(at(name), 2 + place));
    }
  });
  afterAll(async () => {
    await postgres?.stop();
    await s3?.stop();
  });

  const toServers = () => ({
    env: { ...first, ...bucket, STORAGE_URL: '' },
    args: ['--to', database, '--storage', bucket.STORAGE_URL!],
  });
  const onServers = () => ({ DATABASE_URL: database, ...bucket });

  it('copies one that lives, goes on after a kill, and says when it has to be stopped', async () => {
    const app = await AppProcess.spawn(at('first'), { LOG_LEVEL: 'warn' }).ready();
    try {
      const sounds = await upload(app, [...files.slice(0, 6), files[8]!]);
      await ready(app, 7);
      const [kettle, thunder, bell, , street, rain, gone] = sounds as [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
      ];
      await send(app, 'PATCH', `/audio/files/${bell}`, { title: 'Große Glocke', artist: 'Ada', bpm: 120 });
      await send(app, 'POST', '/audio/files/tags', { ids: [kettle, bell], add: ['metal', 'loud'] });
      for (const name of ['Kitchen', 'Garden']) {
        const made = (await (await send(app, 'POST', '/collections', { name })).json()) as { id: string };
        await send(app, 'POST', `/collections/${made.id}/sounds`, { soundIds: [bell, kettle, thunder] });
      }
      await send(app, 'PUT', '/ratings', { soundIds: [kettle], favourite: true, stars: 4 });
      await send(app, 'POST', '/saved-searches', { name: 'Mine', query: 'tag:metal' });
      await send(app, 'POST', '/audio/files/delete', { ids: [street, rain] });

      const { env, args } = toServers();
      const killed = await migrate(env, args, 'audio files');
      expect(killed.code).toBe(-1);
      // Nobody works on half a library.
      const early = AppProcess.spawn(at('early'), { ...onServers(), LOG_LEVEL: 'warn' });
      expect((await early.exited).code).toBe(1);
      expect(early.output).toMatch(/half of a library that is being moved from .*first.*migrate-store/s);
      const living = await migrate(env, args);
      expect([living.code, living.said]).toEqual([3, expect.stringContaining('stop it')]);

      // What changes meanwhile: names change places, one comes back from the bin, one is gone for good, one is new.
      const { items } = await app.json<{ items: { id: string; name: string }[] }>('/collections');
      const [one, other] = items as [{ id: string; name: string }, { id: string; name: string }];
      await send(app, 'PATCH', `/collections/${one.id}`, { name: 'between' });
      await send(app, 'PATCH', `/collections/${other.id}`, { name: one.name });
      await send(app, 'PATCH', `/collections/${one.id}`, { name: other.name });
      await send(app, 'POST', '/bin/restore', { soundIds: [street] });
      expect((await send(app, 'DELETE', `/audio/files/${gone}?permanent=true`)).ok).toBe(true);
      await upload(app, [files[6]!]);
      await ready(app, 6);
      onDisk = await seen(app);
    } finally {
      await app.stop();
    }
    const { env, args } = toServers();
    const moved = await migrate(env, args);
    expect([moved.code, moved.said]).toEqual([0, expect.stringMatching(/7 sounds, \d+ rows, 7 files/)]);
    expect(moved.said).toContain('DATABASE_URL=postgres://');
    expect(moved.said).toContain(`STORAGE_URL=${bucket.STORAGE_URL}`);
  });

  it('is the same library then, and takes new sounds', async () => {
    const app = await AppProcess.spawn(at('second'), { ...onServers(), LOG_LEVEL: 'warn' }).ready();
    try {
      await ready(app, 6);
      expect(await seen(app)).toEqual(onDisk);
      await upload(app, [files[7]!]);
      await ready(app, 7);
      expect(await found(app, 'later', 'keyword')).toEqual([['later.wav', null]]);
      // Files of sounds that were deleted for good did not stay behind.
      const { id } = (await (await send(app, 'POST', '/system/tasks', { kind: 'check', hash: true })).json()) as Named;
      interface Task {
        id: string;
        state: string;
        report: { faults: unknown; strays: { files: number } } | null;
      }
      let task: Task | undefined;
      await until(60_000, 'the check', async () => {
        task = (await app.json<{ items: Task[] }>('/system/tasks')).items.find((each) => each.id === id);
        return task?.state === 'completed';
      });
      expect(task?.report).toMatchObject({
        faults: { missing: 0, wrong_size: 0, damaged: 0, unplugged: 0 },
        strays: { files: 0 },
      });
      onDisk = await seen(app);
    } finally {
      await app.stop();
    }
  });

  it('moves back into one folder', async () => {
    const env = { DATA_DIR: at('second'), ...onServers() };
    const args = ['--to', `sqlite:${at('third/traum.db')}`, '--storage', at('third/audio')];
    await migrate(env, args, 'audio files');
    const moved = await migrate(env, args);
    expect([moved.code, moved.said]).toEqual([0, expect.stringContaining(`DATA_DIR=${at('third')}`)]);
    const app = await AppProcess.spawn(at('third'), { LOG_LEVEL: 'warn' }).ready();
    try {
      await ready(app, 7);
      expect(await seen(app)).toEqual(onDisk);
      await upload(app, [files[8]!]);
      await ready(app, 8);
    } finally {
      await app.stop();
    }
  });

  it('refuses a place that holds anything else', async () => {
    const { env, args } = toServers();
    const again = await migrate(env, args);
    expect([again.code, again.said]).toEqual([1, expect.stringContaining('is not empty')]);
    const onlyFiles = await migrate(env, ['--storage', bucket.STORAGE_URL!]);
    expect([onlyFiles.code, onlyFiles.said]).toEqual([
      1,
      expect.stringContaining('audio files lie at --storage already'),
    ]);
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM sounds');
    await client.end();
    expect(Number(rows[0]!.count)).toBe(8);
  });

  it('names files that the source does not have whole, and moves all others', async () => {
    const shelf = at('first/audio');
    const [one] = (await readdir(shelf, { recursive: true })).filter((name) => /[0-9a-f]{64}$/.test(name));
    const place = path.join(shelf, one!);
    const bytes = await readFile(place);
    bytes[bytes.length - 100]! ^= 0xff;
    await writeFile(place, bytes);
    const target = s3.settings('damaged');
    const { env } = toServers();
    const args = ['--storage', target.STORAGE_URL!];
    const first = await migrate(env, args);
    expect([first.code, first.said]).toEqual([1, expect.stringMatching(/The file of ".+\.wav" is damaged/)]);
    const second = await migrate(env, [...args, '--leave-damaged']);
    expect([second.code, second.said]).toEqual([0, expect.stringContaining('7 sounds, 6 files')]);
  });
});

it.each([
  [['--to', 'mysql://x'], '--to takes'],
  [[], 'Where?'],
  [['--to', 'sqlite:/nowhere/x.db'], 'has to be called traum.db'],
  [['--to', 'sqlite:/nowhere'], 'lies in SQLite already'],
  [['--storage', '/elsewhere'], 'Files lie beside the database'],
  [['--to', 'postgres://nobody@127.0.0.1:1/x'], 'There is no library'],
])('says what is wrong with %j', async (args, said) => {
  const { code, said: told } = await migrate({ DATA_DIR: path.join(folder.path, 'none') }, args);
  expect([code > 0, told]).toEqual([true, expect.stringContaining(said)]);
});
