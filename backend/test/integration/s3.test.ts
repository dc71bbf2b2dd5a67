import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPrivateRedis, type PrivateRedis } from '../../src/adapters/redis/private-redis.js';
import { loadConfig } from '../../src/config.js';
import { openS3 } from '../../src/adapters/s3/index.js';
import { TestPostgres, withoutPostgres } from '../support/postgres.js';
import { TestS3, withoutS3 } from '../support/s3.js';
import { AppProcess, until } from './app-process.js';
import { silentLog, temporaryFolder, tone } from './ingest-fixtures.js';

// Several servers on a machine that may be busy.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const MB = 1024 * 1024;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

it.each(['DATABASE_URL', 'STORAGE_URL'])('is not taken for a library on a disk by backups: %s', (variable) => {
  const value = variable === 'DATABASE_URL' ? 'postgres://traum@db/traum' : 's3://sounds';
  expect(() => loadConfig({ [variable]: value, BACKUP_DIR: '/mnt/backup' })).toThrow(
    new RegExp(`with ${variable} it is not.+pg_dump`),
  );
  expect(() => loadConfig({ STORAGE_URL: 's3://sounds', AWS_ACCESS_KEY_ID: 'half' })).toThrow(
    /AWS_SECRET_ACCESS_KEY is missing/,
  );
});

describe.skipIf(withoutS3() !== null)('a bucket', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestS3;
  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await TestS3.start();
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  const options = (name: string, maxBytes = 1e9) => ({
    ...server.place(name),
    cache: { directory: path.join(folder.path, name), maxBytes },
    linkS: 0,
    publicEndpoint: null,
  });
  const keep = async (store: Awaited<ReturnType<typeof openS3>>['store'], bytes: Buffer): Promise<string> => {
    const received = await store.receive(Readable.from([bytes]), 1000 * MB);
    await received.keep();
    return received.sha256;
  };

  it('is made, also by several at once, and takes files in parts without holding them in memory', async () => {
    const [{ store }] = await Promise.all([openS3(options('parts', 0)), openS3(options('parts', 0))]);
    const size = 160;
    const hash = createHash('sha256');
    function* chunks(): Iterable<Buffer> {
      for (let at = 0; at < size; at++) {
        const chunk = randomBytes(MB);
        hash.update(chunk);
        yield chunk;
      }
    }
    const received = await store.receive(Readable.from(chunks()), 1000 * MB);
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    await received.keep();
    clearInterval(watch);
    expect(most - before).toBeLessThan(100 * MB);
    const content = createHash('sha256');
    for await (const chunk of await store.read(received.sha256)) content.update(chunk as Buffer);
    expect(content.digest('hex')).toBe(hash.digest('hex'));
    expect((await buffer(await store.read(received.sha256, { start: 100 * MB, end: 100 * MB + 9 }))).length).toBe(10);
  });

  it('keeps those files on this machine that were used last, and no more than they may be', async () => {
    const { store } = await openS3(options('cache', 4 * MB));
    const kept: string[] = [];
    for (let at = 0; at < 10; at++) kept.push(await keep(store, randomBytes(MB)));
    const here = async (): Promise<string[]> => {
      const names = await readdir(path.join(folder.path, 'cache'), { recursive: true });
      return names.map((name) => path.basename(name)).filter((name) => kept.includes(name));
    };
    expect((await here()).length).toBeLessThanOrEqual(4);
    expect(await here()).toContain(kept[9]);
    await store.withLocalFile(kept[0]!, async (file) => {
      // Whoever has it keeps it, whatever comes after it.
      for (let at = 0; at < 6; at++) await keep(store, randomBytes(MB));
      expect(sha256(await readFile(file))).toBe(kept[0]);
    });
    expect(await here()).not.toContain(kept[0]);
    const left = await readdir(path.join(folder.path, 'cache', 'tmp'), { recursive: true });
    expect(left.filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('gives files out by itself where it is asked to, under their names', async () => {
    const { store } = await openS3({ ...options('links'), linkS: 60 });
    const key = await keep(store, Buffer.from('0123456789'));
    const url = await store.link(key, { disposition: 'attachment; filename="rain.wav"', type: 'audio/wav' });
    const answer = await fetch(url!);
    expect([answer.status, await answer.text()]).toEqual([200, '0123456789']);
    expect(answer.headers.get('content-disposition')).toContain('rain.wav');
    expect((await fetch(url!.replace(/X-Amz-Signature=\w{8}/, 'X-Amz-Signature=00000000'))).status).toBe(403);
    expect(await (await openS3(options('links'))).store.link(key, { disposition: 'x', type: 'x' })).toBeNull();
  });

  it('is compared with the library: missing, damaged and unknown objects', async () => {
    const { store, audit } = await openS3(options('audit'));
    const [whole, unknown] = [await keep(store, Buffer.from('whole')), await keep(store, Buffer.from('unknown'))];
    const { signal } = new AbortController();
    const look = (sha: string, sizeBytes: number) => audit.examine({ sha256: sha, sizeBytes }, { hash: true, signal });
    expect(await look(whole, 5)).toBeNull();
    expect(await look(whole, 6)).toBe('wrong_size');
    expect(await look(sha256(Buffer.from('none')), 4)).toBe('missing');
    const later = new Date(Date.now() + 60_000);
    expect(await audit.strays(new Set([whole]), later)).toEqual({ files: 1, bytes: 7 });
    expect(await audit.strays(new Set([whole, unknown]), later)).toEqual({ files: 0, bytes: 0 });
    expect(await audit.strays(new Set(), new Date(0))).toEqual({ files: 0, bytes: 0 });
  });

  it('says in one line why it cannot be used', async () => {
    const away = openS3({ ...options('away'), endpoint: 'http://127.0.0.1:9' });
    await expect(away).rejects.toThrow(
      /127\.0\.0\.1:9 does not answer \(ECONNREFUSED\)\. Start it, or check S3_ENDPOINT/,
    );
    const wrong = { accessKeyId: 'traum', secretAccessKey: 'another' };
    await expect(openS3({ ...options('wrong'), credentials: wrong })).rejects.toThrow(
      /refuses access to the bucket "wrong".+Check AWS_ACCESS_KEY_ID/,
    );
    const app = AppProcess.spawn(path.join(folder.path, 'data'), {
      ...server.settings('start'),
      S3_ENDPOINT: 'http://127.0.0.1:9',
    });
    expect((await app.exited).code).toBe(1);
    expect(app.output.trim().split('\n')).toEqual([expect.stringMatching(/does not answer.+Start it/)]);
  });
});

describe.skipIf(withoutS3() !== null || withoutPostgres() !== null)(
  'two APIs and a worker with nothing in common but PostgreSQL, S3 and Redis',
  () => {
    const BUCKET = 'everything';
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let s3: TestS3;
    let postgres: TestPostgres;
    let redis: PrivateRedis;
    let one: AppProcess;
    let other: AppProcess;
    const parts: AppProcess[] = [];

    beforeAll(async () => {
      folder = await temporaryFolder();
      [s3, postgres] = await Promise.all([TestS3.start(), TestPostgres.start()]);
      redis = await startPrivateRedis({ directory: path.join(folder.path, 'redis'), logger: silentLog });
      const env = {
        REDIS_URL: `unix://${redis.socketPath}`,
        DATABASE_URL: await postgres.library(),
        ...s3.settings(BUCKET),
      };
      const start = async (part: 'api' | 'worker', name: string): Promise<AppProcess> => {
        const started = AppProcess.spawn(path.join(folder.path, name), env, part);
        parts.push(started);
        return started.ready();
      };
      one = await start('api', 'one');
      other = await start('api', 'other');
      await start('worker', 'worker');
    });
    afterAll(async () => {
      await Promise.all(parts.filter(({ child }) => child.exitCode === null).map((part) => part.stop()));
      await redis?.stop();
      await postgres?.stop();
      await s3?.stop();
      await folder.remove();
    });

    const send = async (api: AppProcess, file: string): Promise<Response> => {
      const form = new FormData();
      form.append('files', new Blob([await readFile(file)]), path.basename(file));
      return fetch(`${api.url}/api/v1/audio/upload`, { method: 'POST', body: form });
    };
    const upload = async (api: AppProcess, file: string): Promise<string> => {
      const answer = await send(api, file);
      expect(answer.status).toBe(202);
      const { uploads } = (await answer.json()) as { uploads: { soundId: string }[] };
      return uploads[0]!.soundId;
    };
    const found = async (api: AppProcess, query: string): Promise<string[]> => {
      const { results } = await api.json<{ results: { sound: { id: string } }[] }>(`/search?q=${query}&mode=keyword`);
      return results.map(({ sound }) => sound.id);
    };
    const statusOf = async (api: AppProcess, id: string): Promise<string> =>
      (await api.json<{ status: string }>(`/audio/files/${id}`)).status;
    const stream = (api: AppProcess, id: string, headers = {}, query = '') =>
      fetch(`${api.url}/api/v1/audio/files/${id}/stream${query}`, { headers });

    it('play, find and delete on one what was uploaded to the other', async () => {
      const file = await tone(path.join(folder.path, 'kettle.wav'), 3);
      const bytes = await readFile(file);
      const id = await upload(one, file);
      await until(120_000, 'the sound to be ready', async () => (await statusOf(other, id)) === 'ready');
      expect(await found(other, 'kettle')).toEqual([id]);
      const part = await stream(other, id, { range: 'bytes=100-199' });
      expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([206, bytes.subarray(100, 200)]);
      const whole = await stream(other, id);
      expect(sha256(Buffer.from(await whole.arrayBuffer()))).toBe(sha256(bytes));
      const decoded = await stream(other, id, {}, '?as=wav');
      expect((await decoded.arrayBuffer()).byteLength).toBeGreaterThan(44);
      const { store } = await openS3({
        ...s3.place(BUCKET),
        prefix: 'library/',
        cache: { directory: path.join(folder.path, 'look'), maxBytes: 0 },
        linkS: 0,
        publicEndpoint: null,
      });
      expect(await store.sizeOf(sha256(bytes))).toBe(bytes.length);
      const gone = await fetch(`${other.url}/api/v1/audio/files/${id}?permanent=true`, { method: 'DELETE' });
      expect(gone.status).toBe(204);
      await until(30_000, 'the object to be gone', async () => (await store.sizeOf(sha256(bytes))) === null);
      expect((await stream(one, id)).status).toBe(404);
      for (const name of ['one', 'other', 'worker'])
        await expect(stat(path.join(folder.path, name, 'audio'))).rejects.toThrow('ENOENT');
    });

    it('say so while the storage is away, and finish what was accepted when it is back', async () => {
      const [first, second] = [path.join(folder.path, 'gong.wav'), path.join(folder.path, 'drum.wav')];
      await tone(first, 5);
      await tone(second, 6);
      const id = await upload(one, first);
      await s3.kill();
      const refused = await send(other, second);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).not.toBeNull();
      expect(await refused.json()).toMatchObject({ code: 'busy', reasons: [{ id: 'storage_away' }] });
      const silent = await stream(other, id);
      expect([silent.status, silent.headers.get('retry-after') !== null]).toEqual([503, true]);
      expect((await fetch(`${one.url}/api/v1/health/ready`)).status).toBe(503);
      expect((await fetch(`${one.url}/api/v1/audio/files`)).status).toBe(200);
      await s3.resume();
      await until(180_000, 'the sound to be ready', async () => (await statusOf(one, id)) === 'ready');
      expect((await send(other, second)).status).toBe(202);
      expect(parts.every(({ child }) => child.exitCode === null)).toBe(true);
    });
  },
);
