import { describe, expect, it } from 'vitest';
import { RIGHTS, type Actor, type Right } from '../../src/domain/accounts/actor.js';
import { createApp } from '../../src/http/app.js';
import { buildOpenApiDocument } from '../../src/http/openapi.js';
import { FakeWorld } from '../support/fakes.js';

const may = (...rights: Right[]): Actor => ({ kind: 'key', id: 'k1', ownerId: 'u1', rights: new Set(rights) });

interface Described {
  method: string;
  path: string;
  right: unknown;
}

const described: Described[] = Object.entries(buildOpenApiDocument().paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item as Record<string, { 'x-right'?: unknown }>).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    right: operation['x-right'],
  })),
);
const demanding = described.filter(({ right }) => right !== 'none');

async function ask(actor: Actor, { method, path }: Pick<Described, 'method' | 'path'>) {
  const world = new FakeWorld();
  const app = createApp(world.deps({ actorOf: () => actor }));
  const answer = await app.request(path.replace(/\{\w+\}/g, '7b1e6f34-7a0c-4b36-9c86-0d0d2d1f3a55'), { method });
  await answer.body?.cancel();
  return { status: answer.status, world };
}

describe('rights', () => {
  it('are stated by every route; only what says nothing of the library needs none', () => {
    expect(described.filter(({ right }) => right !== 'none' && !RIGHTS.includes(right as Right))).toEqual([]);
    const free = described.filter(({ right }) => right === 'none').map(({ path }) => path);
    expect(free.sort()).toEqual(['/docs', '/health', '/health/ready', '/openapi.json']);
  });

  it.each(demanding)('are asked for by $method $path: $right', async (route) => {
    const others = route.right === 'read' ? (['upload'] as const) : RIGHTS.filter((right) => right !== route.right);
    expect((await ask(may(...others), route)).status).toBe(403);
    expect((await ask(may(route.right as Right), route)).status).not.toBe(403);
  });

  it('hold for HEAD, for addresses under /api/v1 and for those with an id of their own', async () => {
    expect((await ask(may(), { method: 'HEAD', path: '/api/v1/audio/files/{id}/stream' })).status).toBe(403);
    expect((await ask(may(), { method: 'GET', path: '/api/v1/audio/files/ids' })).status).toBe(403);
    expect((await ask(may(), { method: 'GET', path: '/api/v1/health' })).status).toBe(200);
    expect((await ask(may(), { method: 'GET', path: '/api/v1/nothing' })).status).toBe(404);
    expect((await ask(may(), { method: 'PUT', path: '/api/v1/audio/files' })).status).toBe(405);
  });

  it('that are missing are named, with what to do, and the log says who asked', async () => {
    const world = new FakeWorld();
    const app = createApp(world.deps({ actorOf: () => may('read') }));
    const answer = await app.request('/api/v1/bin', { method: 'DELETE' });
    expect(await answer.json()).toMatchObject({ status: 403, code: 'forbidden', title: 'Not allowed' });
    const line = world.logged.find(({ message }) => message === 'request');
    expect(line?.fields).toMatchObject({ actor: 'key:k1', status: 403, path: '/api/v1/bin' });
  });
});
