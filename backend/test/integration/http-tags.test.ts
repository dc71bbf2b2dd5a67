import { beforeEach, describe, expect, it } from 'vitest';
import type { FieldError } from '../../src/domain/errors.js';
import { createApp } from '../../src/http/app.js';
import { FakeWorld } from '../support/fakes.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

interface Answer {
  items: { name: string; sounds: number }[];
  total: number;
  version: string;
  groups: { id: string; words: { name: string; prompts: string[] }[] }[];
  own: { name: string; prompts: string[] }[];
  removed: string[];
  progress: { tagged: number; waiting: number };
  errors: FieldError[];
}

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; answer: Answer }> {
  const response = await createApp(world.deps()).request(`/api/v1/tags${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, answer: (await response.json()) as Answer };
}

describe('tags', () => {
  it('lists those that a word starts with, with the number of sounds', async () => {
    world.add('one', { tags: [{ name: 'rain', score: 0.5, source: 'auto' }] });
    world.add('two', { tags: [{ name: 'dog', score: null, source: 'user' }] });
    expect((await call('GET', '')).answer.total).toBe(2);
    expect((await call('GET', '?q=ra')).answer.items).toMatchObject([{ name: 'rain', sounds: 1 }]);
    expect((await call('GET', '?limit=0')).status).toBe(422);
  });

  it('shows the built-in words and keeps edits', async () => {
    const before = (await call('GET', '/vocabulary')).answer;
    expect(before.groups.find(({ id }) => id === 'drums')?.words.map(({ name }) => name)).toContain('kick');
    const edits = { removed: ['KICK'], own: [{ name: ' Singing  bowl ' }] };
    const { status, answer } = await call('PUT', '/vocabulary', edits);
    expect(status).toBe(200);
    expect(answer.removed).toEqual(['kick']);
    expect(answer.own).toEqual([{ name: 'Singing bowl', prompts: ['Singing bowl'] }]);
    expect(answer.version).not.toBe(before.version);
    expect((await call('GET', '/vocabulary')).answer).toEqual(answer);
    expect((await call('PUT', '/vocabulary', {})).answer.version).toBe(before.version);
  });

  it('does not take a request without a body for one that takes all edits back', async () => {
    await call('PUT', '/vocabulary', { own: [{ name: 'riser' }] });
    expect((await call('PUT', '/vocabulary')).status).toBe(415);
    expect((await call('GET', '/vocabulary')).answer.own).toMatchObject([{ name: 'riser' }]);
  });

  it.each([
    [{ disabledGroups: ['nonsense'] }, 'disabledGroups'],
    [{ removed: ['nonsense'] }, 'removed'],
    [{ own: [{ name: 'café' }, { name: 'CAFE' }] }, 'own.1.name'],
    [{ own: [{ name: '   ' }] }, 'own.0.name'],
    [{ words: [] }, 'words'],
  ])('refuses %j and names the field', async (edits, path) => {
    const { status, answer } = await call('PUT', '/vocabulary', edits);
    expect(status).toBe(422);
    expect(answer.errors[0]?.path).toBe(path);
    expect(world.vocabularyEdits.own).toEqual([]);
  });

  it('tags chosen sounds or all anew, but not neither', async () => {
    const { id } = world.add('one');
    expect(await call('POST', '/retag', { soundIds: [id] })).toMatchObject({
      status: 202,
      answer: { tagged: 0, waiting: 1, notFound: [] },
    });
    expect((await call('POST', '/retag', { soundIds: [id, 'gone'] })).answer).toMatchObject({ notFound: ['gone'] });
    world.forgotten.pop();
    expect((await call('POST', '/retag', { all: true, forgetRejected: true })).status).toBe(202);
    expect((await call('POST', '/retag', {})).status).toBe(422);
    expect(world.forgotten).toEqual([
      { soundIds: [id], rejected: false },
      { soundIds: null, rejected: true },
    ]);
  });
});
