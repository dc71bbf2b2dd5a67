import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL } from '../../src/domain/accounts/actor.js';
import { createApp } from '../../src/http/app.js';
import { FakeWorld } from '../support/fakes.js';

let world: FakeWorld;
let directory: string;
beforeEach(async () => {
  world = new FakeWorld();
  directory = await mkdtemp(path.join(os.tmpdir(), 'traum-http-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const app = (...given: Parameters<FakeWorld['deps']>) => createApp(world.deps(...given));
const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

describe('problems', () => {
  it.each<[string, RequestInit, number, RegExp]>([
    [`/api/v1/audio/files?${'tag=a&'.repeat(21)}`, {}, 422, /^tag may be given at most 20 times\.$/],
    ['/api/v1/audio/files?limit=1&limit=2', {}, 422, /^limit must be given once\.$/],
    ['/api/v1/search/export/form', json({}), 415, /Send a form with .+urlencoded.+"request", or .+search\/export\.$/],
    [
      '/api/v1/search/advanced',
      { method: 'POST', body: new URLSearchParams({ q: 'rain' }) },
      415,
      /Send the body as JSON .+multipart/,
    ],
    ['/api/v1/search/advanced', { method: 'POST', body: 'x' }, 415, /Send the body as JSON .+multipart/],
    ['/api/v1/search/advanced', json(''), 400, /^The body is empty/],
    ['/api/v1/collections', json(' '), 400, /^The body is empty/],
    ['/api/v1/collections', json('{'), 400, /^The body is not valid JSON/],
  ])('say how to do it right: %s', async (url, init, status, detail) => {
    const response = await app().request(url, init);
    const body = (await response.json()) as { detail: string };
    expect([response.status, body.detail]).toEqual([status, expect.stringMatching(detail)]);
  });

  it('refuse JSON in another encoding instead of losing its letters', async () => {
    for (const url of ['/api/v1/collections', '/api/v1/search/advanced']) {
      const body = Buffer.from('{"name":"grün"}', 'latin1');
      const response = await app().request(url, { ...json({}), body });
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('not valid UTF-8')]);
    }
  });

  it('answers unknown paths, wrong methods and broken bodies with problem+json', async () => {
    const cases: [string, RequestInit, number, string][] = [
      ['/api/v1/nothing', {}, 404, 'not_found'],
      ['/api/v1/audio/files', { method: 'PUT' }, 405, 'method_not_allowed'],
      ['/api/v1/search/advanced', json('{oops'), 400, 'malformed_request'],
      [
        '/api/v1/audio/process',
        { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' },
        415,
        'unsupported_content_type',
      ],
      ['/api/v1/search/advanced', json({ text: [{ text: 'x'.repeat(1_100_000) }] }), 413, 'too_large'],
    ];
    for (const [url, init, status, code] of cases) {
      const response = await app().request(url, init);
      expect([url, response.status]).toEqual([url, status]);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      const problem = (await response.json()) as Record<string, unknown>;
      expect(problem).toMatchObject({
        status,
        code,
        title: expect.any(String) as unknown,
        detail: expect.any(String) as unknown,
      });
      expect(problem['requestId']).toBe(response.headers.get('x-request-id'));
    }
    expect((await app().request('/api/v1/audio/files', { method: 'PUT' })).headers.get('allow')).toBe('GET, HEAD');
  });

  it('keeps faults to itself and logs them under the request id', async () => {
    const deps = world.deps();
    deps.search.repeatable = () => Promise.reject(new Error('SQLITE_CORRUPT in /var/lib/secret.db'));
    const response = await createApp(deps).request('/api/v1/search?q=rain', { headers: { 'x-request-id': 'mine-1' } });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).toContain('mine-1');
    expect(text).not.toMatch(/SQLITE|secret/);
    const logged = world.logged.find(({ level }) => level === 'error');
    expect(logged?.fields).toMatchObject({
      requestId: 'mine-1',
      err: { message: expect.stringContaining('secret') as unknown },
    });
  });

  it('replaces a request id that is not sane', async () => {
    const response = await app().request('/health', { headers: { 'x-request-id': 'a b<script>' } });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('writes one line for each request, without what was searched', async () => {
    await app().request('/api/v1/search?q=private+words');
    expect(world.logged).toHaveLength(1);
    expect(world.logged[0]).toMatchObject({
      level: 'info',
      fields: { method: 'GET', path: '/api/v1/search', status: 200 },
    });
    expect(JSON.stringify(world.logged)).not.toContain('private');
  });
});

describe('security', () => {
  const write = (headers: Record<string, string>, settings = {}) =>
    app({ settings }).request('/api/v1/search/history', { method: 'DELETE', headers });

  it('refuses writes from pages of other sites only', async () => {
    expect((await write({ host: 'localhost:8000' })).status).toBe(204);
    expect((await write({ host: 'localhost:8000', origin: 'http://localhost:8000' })).status).toBe(204);
    expect((await write({ host: 'localhost:8000', origin: 'https://evil.example' })).status).toBe(403);
    expect((await write({ host: 'localhost:8000', origin: 'null' })).status).toBe(403);
    expect((await write({ host: 'localhost:8000', 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const corsOrigins = ['https://studio.example'];
    expect((await write({ host: 'localhost:8000', origin: 'https://studio.example' }, { corsOrigins })).status).toBe(
      204,
    );
  });

  it('lets listed origins read, others not', async () => {
    const settings = { corsOrigins: ['https://studio.example'] };
    const from = async (origin: string, method = 'GET') =>
      (await app({ settings }).request('/api/v1/audio/files', { method, headers: { origin } })).headers;
    expect((await from('https://studio.example')).get('access-control-allow-origin')).toBe('https://studio.example');
    const methods = (await from('https://studio.example', 'OPTIONS')).get('access-control-allow-methods') ?? '';
    expect(methods.split(',').sort()).toEqual(['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT']);
    expect((await from('https://evil.example')).get('access-control-allow-origin')).toBeNull();
  });

  it('says of OPTIONS what is possible, whatever a route takes', async () => {
    for (const path of ['/api/v1/search/advanced', '/api/v1/search/export/form', '/api/v1/audio/upload']) {
      const answer = await app().request(path, { method: 'OPTIONS' });
      expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, 'POST']);
    }
  });

  it('asks for the password everywhere but at the health checks', async () => {
    const server = app({ settings: { auth: 'me:pass:word' } });
    const refused = await server.request('/api/v1/audio/files');
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Basic')]);
    expect(refused.headers.get('content-type')).toContain('problem+json');
    const authorization = `Basic ${btoa('me:pass:word')}`;
    expect((await server.request('/api/v1/audio/files', { headers: { authorization } })).status).toBe(200);
    expect((await server.request('/metrics')).status).toBe(401);
    expect((await server.request('/health/ready')).status).toBe(200);
  });

  it('sends a strict policy with every answer', async () => {
    for (const url of ['/health', '/api/v1/nothing', '/docs']) {
      const { headers } = await app().request(url);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('content-security-policy')).toMatch(/script-src 'self'(?: 'sha256-[^']+')*;/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

describe('events', () => {
  /** Reads server-sent events as they come. */
  const eventsOf = (response: Response) => {
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const next = async (): Promise<{ event: string; data: Record<string, unknown> } | null> => {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          // A sign of life, or only the place that a client goes on from.
          if (block.startsWith(':') || !/^event: /m.test(block)) continue;
          const data = JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? 'null') as Record<string, unknown>;
          return { event: /^event: (.*)$/m.exec(block)?.[1] ?? '', data };
        }
        const { done, value } = await reader.read();
        if (done) return null;
        text += value;
      }
    };
    return { next, stop: () => reader.cancel() };
  };

  it('follows one job from its present state to its end', async () => {
    const job = world.newJob(world.add('one').id, 1);
    const response = await app().request(`/api/v1/audio/status/${job.id}/events`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = eventsOf(response);
    expect(await events.next()).toMatchObject({ event: 'job', data: { jobId: job.id, state: 'queued' } });
    world.advance(job.id, { state: 'active', stage: 'embedding', progress: 0.5 });
    expect(await events.next()).toMatchObject({ data: { state: 'active', progress: 0.5 } });
    world.advance(job.id, { state: 'completed', progress: 1 });
    expect(await events.next()).toMatchObject({ data: { state: 'completed' } });
    expect(await events.next()).toBeNull();
    expect(world.listeners).toBe(0);
    expect((await app().request('/api/v1/audio/status/nonsense/events')).status).toBe(404);
  });

  it('sends the end of a finished job at once', async () => {
    const job = world.newJob(world.add('one').id, 1);
    world.advance(job.id, { state: 'failed', error: 'No audio in it.' });
    const events = eventsOf(await app().request(`/api/v1/audio/status/${job.id}/events`));
    expect(await events.next()).toMatchObject({ data: { state: 'failed', error: 'No audio in it.' } });
    expect(await events.next()).toBeNull();
  });

  it('follows all jobs and the library, joining quick changes of one job', async () => {
    const sound = world.add('one');
    const job = world.newJob(sound.id, 1);
    const deps = world.deps({ pace: { heartbeatMs: 60_000, intervalMs: 30 } });
    const events = eventsOf(await createApp(deps).request('/api/v1/events'));
    expect(await events.next()).toMatchObject({ event: 'snapshot', data: { jobs: [{ state: 'queued' }], total: 1 } });
    for (let step = 1; step <= 50; step++) world.advance(job.id, { state: 'active', progress: step / 50 });
    expect(await events.next()).toMatchObject({ data: { progress: 1 } });
    await deps.bin.delete(LOCAL, [sound.id]);
    expect(await events.next()).toEqual({ event: 'library', data: { change: 'deleted', soundId: sound.id } });
    await events.stop();
  });

  it('looks running jobs up again when no notice came', async () => {
    const job = world.newJob(world.add('one').id, 1);
    const pace = { heartbeatMs: 20, intervalMs: 1 };
    const events = eventsOf(await app({ pace }).request(`/api/v1/audio/status/${job.id}/events`));
    await events.next();
    world.jobs.set(job.id, { ...job, state: 'completed' });
    expect(await events.next()).toMatchObject({ data: { state: 'completed' } });
  });
});

describe('export', () => {
  const exported = async (body: unknown) => app().request('/api/v1/search/export', json(body));

  it('writes CSV that no spreadsheet runs', async () => {
    const sound = world.add('one', {
      title: '=HYPERLINK("http://evil")',
      artist: 'A, B',
      tags: [{ name: '-x', score: null, source: 'user' }],
    });
    const response = await exported({ format: 'csv', soundIds: [sound.id] });
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="sounds-.*\.csv"/);
    const [head, row] = (await response.text()).split('\r\n');
    expect(head).toContain('id,filename,title');
    expect(row).toContain(`"'=HYPERLINK(""http://evil"")","A, B"`);
    expect(row).toContain(`,'-x,`);
  });

  it('writes JSON and a playlist of search results', async () => {
    const sound = world.add('one', { artist: 'Me', title: 'Rain' });
    const query = { text: [{ text: 'rain' }] };
    const answer = (await (await exported({ format: 'json', query })).json()) as { items: Record<string, unknown>[] };
    expect(answer.items[0]).toMatchObject({ id: sound.id, match: { relevance: 0.9 } });
    expect(JSON.stringify(answer)).not.toContain('soundKey');
    const playlist = await (await exported({ format: 'm3u8', query })).text();
    expect(playlist).toBe(`#EXTM3U\n#EXTINF:2,Me - Rain\nhttp://localhost/api/v1/audio/files/${sound.id}/stream\n`);
  });

  it('packs a ZIP with every file under a name of its own', async () => {
    const sounds = [world.add('first'), world.add('second'), world.add('third', { filename: 'Füße.wav' })];
    const response = await exported({ format: 'zip', soundIds: sounds.map(({ id }) => id) });
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString();
    for (const name of ['audio/rain.wav', 'audio/rain (2).wav', 'audio/Füße.wav', 'playlist.m3u8', 'manifest.csv'])
      expect(text).toContain(name);
    for (const content of ['first', 'second', 'third']) expect(text).toContain(content);
    expect(bytes.readUInt32LE(0)).toBe(0x04034b50);
  });

  it('needs one source and sounds that exist', async () => {
    expect((await exported({ format: 'csv' })).status).toBe(422);
    expect((await exported({ format: 'csv', soundIds: ['00000000-0000-4000-8000-000000000000'] })).status).toBe(404);
  });
});

describe('pages', () => {
  const pages = async () => {
    const root = path.join(directory, 'build');
    await mkdir(path.join(root, '_app/immutable'), { recursive: true });
    await writeFile(path.join(root, 'index.html'), '<html><script>start()</script></html>');
    await writeFile(path.join(root, '_app/immutable/app.123.js'), 'run()');
    await writeFile(path.join(root, 'service-worker.js'), 'work()');
    await writeFile(path.join(root, 'manifest.webmanifest'), '{}');
    await writeFile(path.join(directory, 'secret.txt'), 'secret');
    return app({ settings: { staticDir: root } });
  };

  it('serves the page for every path that is not of the API', async () => {
    const server = await pages();
    for (const url of ['/', '/upload', '/search?q=rain']) {
      const response = await server.request(url);
      expect([url, response.status, await response.text()]).toEqual([url, 200, expect.stringContaining('start()')]);
    }
    for (const url of ['/api', '/api/v1/nothing', '/health/nothing'])
      expect((await server.request(url)).status).toBe(404);
  });

  it('allows the inline script of the page by its hash, nothing else', async () => {
    const policy = (await (await pages()).request('/')).headers.get('content-security-policy') ?? '';
    const hash = createHash('sha256').update('start()').digest('base64');
    expect(policy).toContain(`script-src 'self' 'sha256-${hash}';`);
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  });

  it('caches hashed files for good and the page not at all', async () => {
    const server = await pages();
    const asset = await server.request('/_app/immutable/app.123.js');
    expect([asset.status, asset.headers.get('cache-control')]).toEqual([200, expect.stringContaining('immutable')]);
    const page = await server.request('/');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const headers = { 'if-none-match': page.headers.get('etag') ?? '' };
    expect((await server.request('/', { headers })).status).toBe(304);
  });

  it('has the service worker and the manifest looked up each time, under their own types', async () => {
    const server = await pages();
    const headersOf = async (url: string) => (await server.request(url)).headers;
    const worker = await headersOf('/service-worker.js');
    expect([worker.get('cache-control'), worker.get('content-type')]).toEqual([
      'no-cache',
      expect.stringContaining('text/javascript'),
    ]);
    const manifest = await headersOf('/manifest.webmanifest');
    expect([manifest.get('cache-control'), manifest.get('content-type')]).toEqual([
      'no-cache',
      expect.stringContaining('application/manifest+json'),
    ]);
  });

  it('has 404 for files that are missing or outside', async () => {
    const server = await pages();
    for (const url of [
      '/_app/immutable/old.js',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/_app/..%5c..%5csecret.txt',
    ]) {
      const response = await server.request(url);
      expect([url, response.status]).toEqual([url, 404]);
      expect(await response.text()).not.toContain('<html>');
    }
  });
});
