import { beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/domain/accounts/actor.js';
import { DomainError, notFound } from '../../src/domain/errors.js';
import type { ListedModel } from '../../src/domain/models/models.service.js';
import type { SwitchProgress } from '../../src/domain/models/models.types.js';
import { createApp } from '../../src/http/app.js';
import type { AppDeps } from '../../src/http/deps.js';
import { FakeWorld } from '../support/fakes.js';

const model: ListedModel = {
  id: 'toy',
  name: 'Toy',
  family: 'Toy',
  precision: 'int8',
  license: 'MIT',
  source: 'someone/toy',
  description: 'For tests.',
  goodAt: 'Toys.',
  sizeBytes: 10,
  bundled: false,
  installed: false,
  problem: null,
  download: { repository: 'someone/toy', revision: 'main', files: [] },
  active: false,
  install: {
    state: 'running',
    error: null,
    stage: 'downloading',
    receivedBytes: 4,
    totalBytes: 10,
    bytesPerS: 2,
    etaS: 3,
    retry: null,
  },
};
const change: SwitchProgress = {
  targetId: 'toy',
  targetKey: 'toy@0123',
  state: 'running',
  error: null,
  total: 3,
  done: 1,
  failed: 0,
  open: 2,
  doneS: 1,
  openS: 2,
  etaS: 2,
};

let world: FakeWorld;
let calls: string[];
let current: SwitchProgress | null;
beforeEach(() => {
  world = new FakeWorld();
  calls = [];
  current = change;
});

function app(given: Partial<AppDeps['models']> = {}) {
  const called = (name: string) => (_actor: Actor, id?: string) =>
    Promise.resolve(void calls.push([name, id].join(' ').trim()));
  const deps = world.deps();
  return createApp({
    ...deps,
    models: {
      ...deps.models,
      list: () => Promise.resolve([model]),
      activity: () =>
        Promise.resolve({ active: 'compact-clap', installs: [{ id: 'toy', ...model.install! }], switch: current }),
      startInstall: called('install'),
      cancelInstall: called('stop'),
      remove: called('remove'),
      use: (actor, id) => called('use')(actor, id).then(() => 'switching' as const),
      ...given,
    },
    switching: { pause: called('pause'), resume: called('resume'), cancel: called('cancel') },
  });
}

describe('models', () => {
  it('are listed with what is happening to them, and nothing internal', async () => {
    const response = await app().request('/api/v1/models');
    expect(response.status).toBe(200);
    const { items, switch: shown } = (await response.json()) as { items: object[]; switch: object };
    expect(items).toEqual([
      expect.objectContaining({
        id: 'toy',
        installable: true,
        install: expect.objectContaining({ state: 'running', receivedBytes: 4, etaS: 3 }) as object,
      }),
    ]);
    expect(items[0]).not.toHaveProperty('download');
    expect(shown).toEqual({
      targetId: 'toy',
      state: 'running',
      error: null,
      reasons: [],
      total: 3,
      done: 1,
      failed: 0,
      etaS: 2,
    });
  });

  it.each([
    ['POST', '/toy/install', 202, 'install toy'],
    ['DELETE', '/toy/install', 200, 'stop toy'],
    ['POST', '/toy/use', 202, 'use toy'],
    ['DELETE', '/toy', 204, 'remove toy'],
    ['POST', '/switch/pause', 200, 'pause'],
    ['POST', '/switch/resume', 200, 'resume'],
    ['POST', '/switch/cancel', 200, 'cancel'],
  ])('%s %s answers %i', async (method, path, status, call) => {
    const response = await app().request(`/api/v1/models${path}`, { method });
    expect(response.status).toBe(status);
    expect(calls).toEqual([call]);
    if (status !== 204) expect(await response.json()).toMatchObject({ active: 'compact-clap' });
  });

  it('that are unknown or in use are problems', async () => {
    const refusing = app({
      use: (_actor, id) => Promise.reject(notFound('model', id)),
      remove: () => Promise.reject(new DomainError('conflict', 'It is in use.')),
    });
    const unknown = await refusing.request('/api/v1/models/nothing/use', { method: 'POST' });
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: 'not_found' }]);
    const used = await refusing.request('/api/v1/models/toy', { method: 'DELETE' });
    expect([used.status, await used.json()]).toMatchObject([409, { detail: 'It is in use.' }]);
  });

  it('tell of their progress in the stream of events', async () => {
    const response = await app().request('/api/v1/events');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const next = async (): Promise<{ switch: unknown }> => {
      for (let text = ''; ;) {
        text += (await reader.read()).value ?? '';
        const data = /event: model\ndata: (.*)\n\n/.exec(text)?.[1];
        if (data !== undefined) return JSON.parse(data) as { switch: unknown };
      }
    };
    expect(await next()).toMatchObject({ switch: { done: 1 }, installs: [{ id: 'toy' }] });
    current = null;
    world.events.tell({ kind: 'model' });
    expect(await next()).toMatchObject({ switch: null });
    await reader.cancel();
  });
});
