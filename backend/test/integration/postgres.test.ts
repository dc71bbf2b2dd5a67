import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../src/adapters/redis/private-redis.js';
import { TestPostgres, withoutPostgres } from '../support/postgres.js';
import { AppProcess, until } from './app-process.js';
import { silentLog, temporaryFolder, tone } from './ingest-fixtures.js';

// Seven processes on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describe.skipIf(withoutPostgres() !== null)('two APIs and two workers on one PostgreSQL', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestPostgres;
  let url: string;
  let redis: PrivateRedis;
  let one: AppProcess;
  let other: AppProcess;
  const parts: AppProcess[] = [];

  const start = async (part: 'api' | 'worker'): Promise<AppProcess> => {
    const env = { REDIS_URL: `unix://${redis.socketPath}`, DATABASE_URL: url };
    const started = AppProcess.spawn(path.join(folder.path, 'data'), env, part);
    parts.push(started);
    return started.ready();
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await TestPostgres.start();
    url = await server.library();
    redis = await startPrivateRedis({ directory: path.join(folder.path, 'redis'), logger: silentLog });
    [one, other] = [await start('api'), await start('api')];
    await start('worker');
    await start('worker');
  });
  afterAll(async () => {
    await Promise.all(parts.filter(({ child }) => child.exitCode === null).map((part) => part.stop()));
    await redis.stop();
    await server.stop();
    await folder.remove();
  });

  const upload = async (api: AppProcess, files: string[]): Promise<string[]> => {
    const form = new FormData();
    for (const file of files) form.append('files', new Blob([await readFile(file)]), path.basename(file));
    const { uploads } = await api.json<{ uploads: { soundId: string }[] }>('/audio/upload', {
      method: 'POST',
      body: form,
    });
    return uploads.map(({ soundId }) => soundId);
  };
  const found = async (api: AppProcess, query: string, mode = 'hybrid'): Promise<string[]> => {
    const { results } = await api.json<{ results: { sound: { id: string } }[] }>(
      `/search?q=${encodeURIComponent(query)}&mode=${mode}`,
    );
    return results.map(({ sound }) => sound.id);
  };
  const change = (api: AppProcess, id: string, patch: object) =>
    fetch(`${api.url}/api/v1/audio/files/${id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(patch),
    });
  const segments = async (api: AppProcess): Promise<number> =>
    (await api.json<{ index: { segments: number } }>('/analytics/stats')).index.segments;

  it('find on one what was uploaded to the other, and lose it everywhere when it is deleted', async () => {
    const names = ['kettle.wav', 'thunder.wav', 'bell.wav'];
    const files: string[] = [];
    for (const [at, name] of names.entries()) files.push(await tone(path.join(folder.path, name), 2 + at));
    const ids = await upload(one, files);
    await until(90_000, 'the sounds to be searchable in both', async () => {
      return (await segments(one)) === 3 && (await segments(other)) === 3;
    });
    expect(await found(other, 'kettel', 'keyword')).toEqual([ids[0]]);
    // Tones are copies of each other, of which one stands for all.
    expect(ids).toContain((await found(other, 'a tone', 'semantic'))[0]);
    // Twice, so that the second answer may come from memory.
    expect(await found(one, 'thunder', 'keyword')).toEqual([ids[1]]);
    expect(await found(one, 'whistle', 'keyword')).toEqual([]);
    expect((await change(other, ids[2]!, { title: 'Whistle' })).status).toBe(200);
    expect(await found(one, 'whistle', 'keyword')).toEqual([ids[2]]);
    const played = await fetch(`${other.url}/api/v1/audio/files/${ids[0]}/stream`, {
      headers: { range: 'bytes=0-99' },
    });
    expect([played.status, (await played.arrayBuffer()).byteLength]).toEqual([206, 100]);
    expect((await fetch(`${other.url}/api/v1/audio/files/${ids[1]}`, { method: 'DELETE' })).ok).toBe(true);
    await until(30_000, 'the sound to be gone from both', async () => {
      return (await segments(one)) === 2 && (await segments(other)) === 2;
    });
    expect(await found(one, 'thunder', 'keyword')).toEqual([]);
  });

  it('say so while it is away, and go on by themselves when it is back, with all that was accepted', async () => {
    const [id] = await upload(one, [await tone(path.join(folder.path, 'gong.wav'), 7)]);
    await server.kill();
    const refused = await change(one, id!, { title: 'Lost' });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    await server.resume();
    await until(60_000, 'a change to be taken again', async () => (await change(other, id!, { title: 'Gong' })).ok);
    await until(120_000, 'the sound to be searchable', async () => (await found(one, 'gong')).includes(id!));
    expect(parts.every(({ child }) => child.exitCode === null)).toBe(true);
  });

  it('begin anew with the same library', async () => {
    const before = await one.json<{ total: number }>('/audio/files');
    await one.stop();
    one = await start('api');
    expect((await one.json<{ total: number }>('/audio/files')).total).toBe(before.total);
    await until(30_000, 'the index', async () => (await segments(one)) === (await segments(other)));
  });
});
