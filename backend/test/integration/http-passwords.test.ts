import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Hono } from 'hono';
import { createApp } from '../../src/http/app.js';
import type { AppEnv, HttpConfig } from '../../src/http/deps.js';
import { clientAddress } from '../../src/http/middleware/client.js';
import { passwordCheck } from '../../src/http/middleware/password.js';
import { problemHandler } from '../../src/http/problem.js';
import { silentLog, temporaryFolder } from './ingest-fixtures.js';
import { FakeWorld } from '../support/fakes.js';

const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;
/** What the server hands on with each request: the socket it came by. */
const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } }) as unknown as AppEnv['Bindings'];

describe('wrong passwords', () => {
  const world = new FakeWorld();
  const server = createApp(world.deps({ settings: { auth: 'me:pass:wörd' } }));
  const login = async (credentials: string, address: string) =>
    server.request('/api/v1/search/history', { headers: { authorization: basic(credentials) } }, from(address));

  it('are answered more and more slowly, and then not looked at', async () => {
    const times: number[] = [];
    for (let guess = 1; guess <= 4; guess++) {
      const began = performance.now();
      expect((await login(`me:guess ${guess}`, '192.0.2.1')).status).toBe(401);
      times.push(performance.now() - began);
    }
    expect(times[3]).toBeGreaterThan(700);
    const blocked = await login('me:guess 5', '192.0.2.1');
    expect([blocked.status, Number(blocked.headers.get('retry-after'))]).toEqual([429, 30]);
    expect(await blocked.json()).toMatchObject({ code: 'too_many_requests' });
    // No answer tells a guesser that this one would have been right.
    expect((await login('me:pass:wörd', '192.0.2.1')).status).toBe(429);
    expect((await login('me:pass:wörd', '192.0.2.2')).status).toBe(200);
    expect(world.logged.find(({ level }) => level === 'warn')?.fields).toMatchObject({ client: '192.0.2.1' });
  });

  it('gain nothing side by side', async () => {
    const guesses = Array.from({ length: 40 }, (_, guess) => login(`me:parallel ${guess}`, '192.0.2.3'));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(4);
    expect(statuses.filter((status) => status === 429)).toHaveLength(36);
  });

  it('count once when a page sends the same one again, and not at all where none is given', async () => {
    for (let time = 0; time < 8; time++) expect((await login('me:old password', '192.0.2.4')).status).toBe(401);
    for (let time = 0; time < 8; time++) {
      const { status } = await server.request('/api/v1/search/history', {}, from('192.0.2.4'));
      expect(status).toBe(401);
    }
    expect((await login('me:pass:wörd', '192.0.2.4')).status).toBe(200);
  });

  it('count for the whole network of an IPv6 customer', async () => {
    const guesses = Array.from({ length: 8 }, (_, guess) => login(`me:six ${guess}`, `2001:db8:1:2::${guess + 1}`));
    await Promise.all(guesses);
    expect((await login('me:pass:wörd', '2001:db8:1:2:ffff::1')).status).toBe(429);
    expect((await login('me:pass:wörd', '2001:db8:1:3::1')).status).toBe(200);
  });
});

describe('a guesser at the address of the owner', () => {
  const AUTH = 'me:pass:wörd';
  let clock = 0;
  const startServer = (auth = AUTH) => {
    const app = new Hono<AppEnv>()
      .onError(problemHandler(silentLog))
      .use(clientAddress({ trustedProxies: { hops: 0 } }))
      .use(
        passwordCheck(
          auth,
          () => false,
          silentLog,
          () => clock,
        ),
      )
      .get('/', (c) => c.text('in'));
    return async (credentials: string, cookie?: string) => {
      const headers = { authorization: basic(credentials), ...(cookie ? { cookie } : {}) };
      return app.request('/', { headers }, from('192.0.2.50'));
    };
  };
  const guessUntilShut = async (ask: ReturnType<typeof startServer>, cookie?: string) =>
    Promise.all(Array.from({ length: 8 }, (_, guess) => ask(`me:guess ${guess}`, cookie)));
  const passFrom = async (ask: ReturnType<typeof startServer>) => {
    const [pass = '', ...attributes] = ((await ask(AUTH)).headers.get('set-cookie') ?? '').split('; ');
    return { pass, attributes };
  };

  it('does not shut out a device that has known the password', async () => {
    const ask = startServer();
    const { pass, attributes } = await passFrom(ask);
    expect(attributes).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Lax', 'Path=/']));
    await guessUntilShut(ask);
    expect((await ask(AUTH)).status).toBe(429);
    const inside = await ask(AUTH, pass);
    expect([inside.status, inside.headers.get('set-cookie')]).toEqual([200, null]);
    // Neither does a restart, nor another process on the same data.
    const restarted = startServer();
    await guessUntilShut(restarted);
    expect((await restarted(AUTH, pass)).status).toBe(200);
  });

  it('gains nothing by what such a device has, nor by what he makes up', async () => {
    const ask = startServer();
    const { pass } = await passFrom(ask);
    const [, stolen] = [await guessUntilShut(ask, pass), await ask(AUTH, pass)];
    expect(stolen.status).toBe(429);
    // The address is none the worse for it.
    expect((await ask(AUTH)).status).toBe(200);
    await guessUntilShut(ask);
    const [, tail = ''] = pass.split('.');
    const madeUp = [
      'traum-device=',
      `traum-device=AAAAAAAAAAAAAAAAAAAAAA.${tail}`,
      `${pass}x`,
      pass.slice(0, -3),
      'traum-device=.',
    ];
    for (const cookie of madeUp) expect((await ask(AUTH, cookie)).status, cookie).toBe(429);
    // A pass alone opens nothing.
    const { pass: another } = await passFrom(startServer());
    expect((await ask('me:no idea', another)).status).toBe(401);
    const changed = startServer('me:another password');
    await guessUntilShut(changed);
    expect((await changed('me:another password', pass)).status).toBe(429);
  });

  it('leaves a turn to a device that is new, when the time is over', async () => {
    const ask = startServer();
    await guessUntilShut(ask);
    let waited = 0;
    for (let round = 0; round < 3; round++) {
      const refused = await ask(AUTH);
      const seconds = Number(refused.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(waited);
      waited = seconds;
      clock += seconds * 1000;
      expect((await ask(AUTH)).status).toBe(200);
      // One guess more, and the wait is longer than before.
      expect((await ask(`me:later guess ${round}`)).status).toBe(429);
    }
  });
});

describe('a guest who follows a link past the password', () => {
  it('gets the page with all files that it is made of, and nothing else', async () => {
    const folder = await temporaryFolder();
    const files = ['index.html', 'theme.js', 'favicon.svg', 'manifest.webmanifest', 'service-worker.js', 'icons/a.png'];
    await mkdir(path.join(folder.path, 'icons'));
    for (const name of files) await writeFile(path.join(folder.path, name), 'x');
    const deps = new FakeWorld().deps({ settings: { auth: 'me:pass:wörd', staticDir: folder.path } });
    const server = createApp(deps);
    const statusOf = async (asked: string): Promise<number> => (await server.request(asked)).status;
    for (const asked of ['/shared', '/shared/', ...files.slice(1).map((name) => `/${name}`)]) {
      expect([asked, await statusOf(asked)]).toEqual([asked, 200]);
    }
    for (const asked of ['/_app/none.js', '/nothing.png', '/api/v1/shared/x/sounds/y/stream']) {
      expect([asked, await statusOf(asked)]).toEqual([asked, 404]);
    }
    const closed = ['/', '/library', '/index.html', '/shared/more', '/openapi.json', '/metrics', '/docs', '/docs/a.js'];
    for (const asked of [...closed, '/api/v1/audio/files', '/api/v1/audio/files/a.wav', '/api/v1/sharedx']) {
      expect([asked, await statusOf(asked)]).toEqual([asked, 401]);
    }
    await folder.remove();
  });
});

describe('the address of a client', () => {
  const clientOf = async (trustedProxies: HttpConfig['trustedProxies'], peer: string, forwarded?: string) => {
    const app = new Hono<AppEnv>().use(clientAddress({ trustedProxies })).get('/', (c) => c.text(c.get('client')));
    const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    return (await app.request('/', { headers }, from(peer))).text();
  };

  it('is that of the socket unless proxies are trusted', async () => {
    expect(await clientOf({ hops: 0 }, '::ffff:192.0.2.1', '203.0.113.1')).toBe('192.0.2.1');
    expect(await clientOf({ ranges: ['10.0.0.0/8'] }, '192.0.2.1', '203.0.113.1')).toBe('192.0.2.1');
  });

  it('is read from the right end, past trusted proxies only', async () => {
    const chain = '1.1.1.1, 203.0.113.1, 10.0.0.2';
    expect(await clientOf({ hops: 1 }, '10.0.0.3', chain)).toBe('10.0.0.2');
    expect(await clientOf({ hops: 2 }, '10.0.0.3', chain)).toBe('203.0.113.1');
    expect(await clientOf({ ranges: ['10.0.0.0/8', '2001:db8::/32'] }, '10.0.0.3', chain)).toBe('203.0.113.1');
    expect(await clientOf({ ranges: ['2001:db8::/32'] }, '2001:db8::1', '[2001:db9::7]:443')).toBe('2001:db9::7');
    expect(await clientOf({ ranges: ['10.0.0.0/8'] }, '10.0.0.3', '203.0.113.1, nonsense')).toBe('unknown');
  });

  it('stands in the log', async () => {
    const world = new FakeWorld();
    await createApp(world.deps()).request('/api/v1/search/history', {}, from('192.0.2.9'));
    expect(world.logged[0]?.fields).toMatchObject({ client: '192.0.2.9' });
  });
});
