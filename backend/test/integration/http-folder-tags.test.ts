import { beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.js';
import { FakeWorld } from '../support/fakes.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

async function call(method: string, path = '', body?: unknown): Promise<{ status: number; answer: unknown }> {
  const response = await createApp(world.deps()).request(`/api/v1/origins/tags${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, answer: response.status === 204 ? null : await response.json() };
}

describe('tags by folder', () => {
  it('are said, said anew in any letter case, listed and forgotten', async () => {
    expect(await call('PUT', '', { folder: '/Drums/Kicks/', tags: [' kick ', 'drum'] })).toEqual({
      status: 200,
      answer: { folder: 'Drums/Kicks', tags: ['kick', 'drum'] },
    });
    await call('PUT', '', { folder: 'Älter', tags: ['old'] });
    await call('PUT', '', { folder: 'drums/kicks', tags: ['bass drum'] });
    expect((await call('GET')).answer).toEqual({
      items: [
        { folder: 'Älter', tags: ['old'] },
        { folder: 'drums/kicks', tags: ['bass drum'] },
      ],
    });
    expect((await call('DELETE', '?folder=DRUMS%2FKicks')).status).toBe(204);
    expect((await call('DELETE', '?folder=Drums%2FKicks')).status).toBe(404);
    expect((await call('GET')).answer).toEqual({ items: [{ folder: 'Älter', tags: ['old'] }] });
  });

  it('need a folder and a tag', async () => {
    expect((await call('PUT', '', { folder: ' / ', tags: ['kick'] })).status).toBe(422);
    expect((await call('PUT', '', { folder: 'Drums', tags: [] })).status).toBe(422);
    expect((await call('PUT', '', { folder: 'Drums', tags: ['  '] })).status).toBe(422);
    expect((await call('POST', '/apply', { folder: 'Nowhere' })).status).toBe(404);
  });
});
