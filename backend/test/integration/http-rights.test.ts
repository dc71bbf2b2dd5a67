import { describe, expect, it } from 'vitest';
import { RIGHTS, type Actor, type Right } from '../../src/domain/accounts/actor.js';
import { createApp } from '../../src/http/app.js';
import { openApiDocument } from '../../src/http/openapi.js';
import { Browser, installation } from '../support/accounts.js';
import { FakeWorld } from '../support/fakes.js';

const may = (...rights: Right[]): Actor => ({ kind: 'user', id: 'u1', ownerId: 'u1', rights: new Set(rights) });

interface Operation {
  'x-right'?: unknown;
  security?: unknown[];
  responses: object;
}

interface Described {
  method: string;
  path: string;
  right: unknown;
  security: unknown[];
  responses: object;
}

const described: Described[] = Object.entries(openApiDocument().paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    right: operation['x-right'],
    security: operation.security ?? ['whatever is usual'],
    responses: operation.responses,
  })),
);
const demanding = described.filter(({ right }) => right !== 'none');

const ID = '7b1e6f34-7a0c-4b36-9c86-0d0d2d1f3a55';
const addressOf = (path: string): string => path.replace(/\{\w+\}/g, ID);

let asking = may();
const world = new FakeWorld();
const app = createApp(world.deps({ actorOf: () => asking }));

async function ask(actor: Actor, { method, path }: Pick<Described, 'method' | 'path'>) {
  asking = actor;
  const answer = await app.request(addressOf(path), { method });
  await answer.body?.cancel();
  return answer.status;
}

describe('rights', () => {
  it('are stated by every route; only what says nothing of the library needs none', () => {
    const stated = ['none', 'self', ...RIGHTS];
    expect(described.filter(({ right }) => !stated.includes(right as string))).toEqual([]);
    const free = described.filter(({ right }) => right === 'none').map(({ path }) => path);
    expect(free.sort()).toEqual([
      '/api/v1/auth',
      '/api/v1/auth/login',
      '/api/v1/auth/logout',
      '/api/v1/auth/oidc',
      '/api/v1/auth/oidc/callback',
      '/api/v1/auth/oidc/logout',
      '/api/v1/auth/refresh',
      '/api/v1/auth/setup',
      '/api/v1/shared',
      '/api/v1/shared/{id}/sounds/{soundId}/cover',
      '/api/v1/shared/{id}/sounds/{soundId}/download',
      '/api/v1/shared/{id}/sounds/{soundId}/stream',
      '/docs',
      '/health',
      '/health/ready',
      '/openapi.json',
    ]);
  });

  it('come with the ways to prove them, and with the refusals', () => {
    for (const { method, path, right, security, responses } of described) {
      const told = { method, path, open: security.length === 0, refuses: '401' in responses && '403' in responses };
      expect(told).toEqual({ method, path, open: right === 'none', refuses: right !== 'none' || told.refuses });
    }
  });

  it.each(demanding.filter(({ right }) => right !== 'self'))(
    'are asked for by $method $path: $right',
    async (route) => {
      const others = route.right === 'read' ? (['upload'] as const) : RIGHTS.filter((right) => right !== route.right);
      expect(await ask(may(...others), route)).toBe(403);
      expect(await ask(may(route.right as Right), route)).not.toBe(403);
    },
  );

  it('hold for HEAD, for addresses under /api/v1 and for those with an id of their own', async () => {
    expect(await ask(may(), { method: 'HEAD', path: '/api/v1/audio/files/{id}/stream' })).toBe(403);
    expect(await ask(may(), { method: 'GET', path: '/api/v1/audio/files/ids' })).toBe(403);
    expect(await ask(may(), { method: 'GET', path: '/api/v1/health' })).toBe(200);
    expect(await ask(may(), { method: 'GET', path: '/api/v1/nothing' })).toBe(404);
    expect(await ask(may(), { method: 'PUT', path: '/api/v1/audio/files' })).toBe(405);
  });

  it('that are missing are named, with what to do, and the log says who asked', async () => {
    asking = may('read');
    const answer = await app.request('/api/v1/bin', { method: 'DELETE' });
    expect(await answer.json()).toMatchObject({ status: 403, code: 'forbidden', title: 'Not allowed' });
    const line = world.logged.findLast(({ message }) => message === 'request');
    expect(line?.fields).toMatchObject({ actor: 'user:u1', status: 403, path: '/api/v1/bin' });
  });
});

describe('with accounts', () => {
  const RIGHTS_OF = {
    admin: [...RIGHTS],
    editor: ['read', 'own', 'upload', 'edit', 'delete'],
    viewer: ['read', 'own'],
  } as const;

  it('every route refuses nobody, a role that lacks its right, a revoked key and an ended session; and no one else', async () => {
    const { app, ada, somebody } = await installation();
    const people = {
      admin: ada,
      editor: await somebody('Edith', 'editor'),
      viewer: await somebody('Victor', 'viewer'),
    };
    const ended = await somebody('Enno', 'admin');
    await ada.json('POST', '/api/v1/keys', { name: 'stays', scopes: ['admin'] });
    const key = await ada.json<{ id: string; secret: string }>('POST', '/api/v1/keys', {
      name: 'x',
      scopes: ['admin'],
    });
    await ada.json('DELETE', `/api/v1/keys/${key.id}`);
    const outside = new Browser(app);
    for (const [name, cookie] of ended.cookies) outside.cookies.set(name, cookie);
    await ended.ask('POST', '/api/v1/auth/logout');
    const status = async (browser: Browser, { method, path }: Described, headers?: Record<string, string>) => {
      const answer = await browser.ask(method, addressOf(path), undefined, headers);
      await answer.body?.cancel();
      return answer.status;
    };
    // What ends the session of whoever asks comes last.
    for (const route of demanding) {
      const told = `${route.method} ${route.path} (${String(route.right)})`;
      const nobody = new Browser(app);
      expect([told, await status(nobody, route)]).toEqual([told, 401]);
      expect([told, await status(nobody, route, { 'x-api-key': key.secret })]).toEqual([told, 401]);
      expect([told, await status(nobody, route, { authorization: `Bearer ${key.secret}` })]).toEqual([told, 401]);
      expect([told, await status(outside, route)]).toEqual([told, 401]);
      for (const role of ['admin', 'editor', 'viewer'] as const) {
        const has = route.right === 'self' || (RIGHTS_OF[role] as readonly unknown[]).includes(route.right);
        const answered = await status(people[role], route);
        expect([told, role, answered === 403]).toEqual([told, role, !has]);
        expect([told, role, answered]).not.toEqual([told, role, 401]);
      }
    }
  }, 120_000);

  it('a key is good for what was ticked and nothing else, whatever its owner may do', async () => {
    const { app, ada, somebody } = await installation();
    const nobody = new Browser(app);
    // Some things are for people to say, whatever a key is good for: that is another refusal.
    const lacks = async ({ method, path }: Described, key: string): Promise<boolean> => {
      const answer = await nobody.ask(method, addressOf(path), undefined, { 'x-api-key': key });
      return (await answer.text()).includes('right_lacking') && answer.status === 403;
    };
    const good: Record<string, string[]> = {
      worker: ['worker'],
      metrics: ['metrics'],
      read: ['read'],
      upload: ['upload'],
      edit: ['read', 'own', 'edit', 'delete'],
    };
    for (const [scope, rights] of Object.entries(good)) {
      const { secret } = await ada.json<{ secret: string }>('POST', '/api/v1/keys', { name: scope, scopes: [scope] });
      for (const route of demanding.filter(({ right, method }) => right !== 'self' && method !== 'HEAD')) {
        if (route.path === '/api/v1/events' && rights.includes('read')) continue;
        const told = `${scope}: ${route.method} ${route.path} (${String(route.right)})`;
        expect([told, await lacks(route, secret)]).toEqual([told, !rights.includes(route.right as string)]);
      }
      // Nor does it tell what else opens the door.
      for (const path of ['/api/v1/keys', '/api/v1/auth/sessions']) {
        expect((await nobody.ask('GET', path, undefined, { 'x-api-key': secret })).status).toBe(403);
      }
    }
    const edith = await somebody('Edith', 'editor');
    const asked = await edith.ask('POST', '/api/v1/keys', { name: 'x', scopes: ['worker'] });
    expect(asked.status).toBe(403);
  }, 120_000);
});
