import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.js';
import { openApiDocument } from '../../src/http/openapi.js';
import { API_VERSION } from '../../src/http/version.js';
import { problemSchema } from '../../src/http/schemas/common.js';
import { jobSchema, processAnswerSchema, uploadAnswerSchema } from '../../src/http/schemas/job.js';
import { historySchema, searchAnswerSchema, suggestionsSchema } from '../../src/http/schemas/search.js';
import { soundPageSchema, soundSchema, waveformSchema } from '../../src/http/schemas/sound.js';
import { tagCountsSchema, vocabularySchema } from '../../src/http/schemas/tag.js';
import { healthSchema, readinessSchema, statsSchema } from '../../src/http/schemas/system.js';
import { usageSchema } from '../../src/http/schemas/usage.js';
import { FakeWorld } from '../support/fakes.js';

const root = new URL('../../../', import.meta.url);

interface Described {
  requestBody?: object;
  responses: object;
  $ref?: string;
  allOf?: Described[];
  additionalProperties?: boolean;
}
const REFUSED = expect.arrayContaining(['400', '413', '415']) as string[];

describe('openapi.json', () => {
  it('is what the code says', async () => {
    const committed: unknown = JSON.parse(await readFile(new URL('openapi.json', root), 'utf8'));
    expect(committed).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  });

  it('has the version of the package', async () => {
    const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string };
    expect(API_VERSION).toBe(version);
  });

  it('names every route that is served, and no other', () => {
    const app = createApp(new FakeWorld().deps());
    const aliases = ['/api/v1/health', '/api/v1/health/ready', '/api/v1/openapi.json', '/api/v1/docs'];
    const served = app.routes
      .filter(({ method, path }) => method !== 'ALL' && !path.includes('*') && !aliases.includes(path))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    const described = Object.entries(openApiDocument().paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect([...new Set(served)].sort()).toEqual(described.sort());
  });

  it('says of every body what becomes of one that is broken, too large or of another type', () => {
    for (const [path, item] of Object.entries(openApiDocument().paths ?? {}))
      for (const [method, { requestBody, responses }] of Object.entries(item as Record<string, Described>))
        if (requestBody) expect([method, path, Object.keys(responses)]).toEqual([method, path, REFUSED]);
  });

  it('has no schema that nothing can meet: of several at once, none takes only its own fields', () => {
    const schemas = openApiDocument().components?.schemas as Record<string, Described>;
    const closed = (part: Described): boolean =>
      (part.$ref ? schemas[part.$ref.split('/').at(-1)!] : part)?.additionalProperties === false;
    const impossible = Object.entries(schemas).filter(([, { allOf = [] }]) => allOf.some(closed));
    expect(impossible.map(([name]) => name)).toEqual([]);
  });

  it('can be read at /docs without loading anything', async () => {
    const app = createApp(new FakeWorld().deps());
    const page = await (await app.request('/docs')).text();
    for (const part of ['/api/v1/audio/upload', 'SearchAnswer', 'id="search"', 'Needs the right <b>admin</b>'])
      expect(page).toContain(part);
    expect(page).not.toMatch(/<script|src=|https?:\/\/(?!localhost)[^"]*\.(?:js|css)/);
    expect((await app.request('/api/v1/openapi.json')).status).toBe(200);
  });
});

describe('answers', () => {
  const world = new FakeWorld();
  const app = createApp(world.deps());
  let soundId: string;
  let jobId: string;
  beforeAll(() => {
    const sound = world.add('0123', { tags: [{ name: 'rain', score: 0.5, source: 'auto' }] });
    soundId = sound.id;
    jobId = world.newJob(soundId, 1).id;
    world.history = [
      { id: 1, query: 'rain', mode: 'hybrid', resultCount: 1, tookMs: 2, createdAt: '2026-11-20T12:00:00.000Z' },
    ];
  });

  it.each([
    ['/api/v1/audio/files', soundPageSchema],
    ['/api/v1/audio/files/{id}', soundSchema],
    ['/api/v1/audio/files/{id}/waveform', waveformSchema],
    ['/api/v1/audio/files/{id}/similar', searchAnswerSchema],
    ['/api/v1/audio/status/{jobId}', jobSchema],
    ['/api/v1/search?q=rain', searchAnswerSchema],
    ['/api/v1/search/suggestions?q=r', suggestionsSchema],
    ['/api/v1/search/history', historySchema],
    ['/api/v1/analytics/stats', statsSchema],
    ['/api/v1/analytics/usage', usageSchema],
    ['/api/v1/tags', tagCountsSchema],
    ['/api/v1/tags/vocabulary', vocabularySchema],
    ['/health', healthSchema],
    ['/health/ready', readinessSchema],
    ['/api/v1/audio/files/nonsense', problemSchema],
    ['/api/v1/audio/files?limit=x', problemSchema],
  ])('%s is exactly as described', async (url, schema) => {
    const response = await app.request(url.replace('{id}', soundId).replace('{jobId}', jobId));
    const body: unknown = await response.json();
    // Parsing drops fields that are not described: a difference means that something extra slipped out.
    expect(schema.parse(body)).toEqual(body);
  });

  it('uploads and processing are exactly as described', async () => {
    const form = new FormData();
    form.append('files', new Blob(['txt']), 'a.txt');
    form.append('files', new Blob(['new']), 'b.wav');
    const uploaded: unknown = await (await app.request('/api/v1/audio/upload', { method: 'POST', body: form })).json();
    expect(uploadAnswerSchema.parse(uploaded)).toEqual(uploaded);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ all: true });
    const processed: unknown = await (
      await app.request('/api/v1/audio/process', { method: 'POST', headers, body })
    ).json();
    expect(processAnswerSchema.parse(processed)).toEqual(processed);
  });
});
