import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RedisLimitCounts } from '../../src/adapters/bullmq/index.js';
import { startPrivateRedis } from '../../src/adapters/redis/private-redis.js';
import { Limits } from '../../src/domain/limits/limits.js';
import { createApp } from '../../src/http/app.js';
import { Browser, installation } from '../support/accounts.js';
import { FakeWorld } from '../support/fakes.js';
import { silentLog, temporaryFolder } from './ingest-fixtures.js';

/** In the middle of a minute, which does not end while a test runs. */
const limits = () => new Limits(null, { now: () => Date.UTC(2026, 10, 29, 12, 0, 19) });
const settings = (own: Partial<{ address: number; user: number; key: number }>) => ({
  limits: { address: 0, user: 0, key: 0, ...own },
});
const statuses = async (browser: Browser, times: number, path_ = '/api/v1/audio/files'): Promise<number[]> => {
  const seen: number[] = [];
  for (let n = 0; n < times; n++) seen.push((await browser.ask('GET', path_)).status);
  return seen;
};

describe('requests in a minute', () => {
  it('are so many for an address; what is more is told when to come again, and others are served', async () => {
    const app = createApp(new FakeWorld().deps({ limits: limits(), settings: settings({ address: 3 }) }));
    const here = new Browser(app, '192.0.2.1');
    const first = await here.ask('GET', '/api/v1/audio/files');
    expect(first.headers.get('ratelimit-policy')).toBe('"address";q=3;w=60');
    expect(first.headers.get('ratelimit')).toBe('"address";r=2;t=41');
    expect(await statuses(here, 3)).toEqual([200, 200, 429]);
    const refused = await here.ask('GET', '/api/v1/audio/files');
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(refused.headers.get('retry-after')).toBe('41');
    expect(refused.headers.get('ratelimit')).toBe('"address";r=0;t=41');
    expect(await refused.json()).toMatchObject({
      status: 429,
      code: 'too_many_requests',
      reasons: [{ id: 'asked_too_often', params: { most: 3, waitS: 41 } }],
      'violated-policies': ['address'],
    });
    // Also where there is nothing, or another way to write it; pages and health are not counted.
    expect(await statuses(here, 1, '/api/v1/nothing')).toEqual([429]);
    expect(await statuses(here, 1, '/%61pi/v1/audio/files')).toEqual([429]);
    expect(await statuses(here, 3, '/api/v1/health')).toEqual([200, 200, 200]);
    expect(await statuses(new Browser(app, '192.0.2.2'), 3)).toEqual([200, 200, 200]);
  });

  it('are counted together for a network of IPv6, and not at all for this machine', async () => {
    const app = createApp(new FakeWorld().deps({ limits: limits(), settings: settings({ address: 2 }) }));
    const at = (address: string): Promise<number[]> => statuses(new Browser(app, address), 1);
    expect([...(await at('2001:db8:1:2::1')), ...(await at('2001:db8:1:2:ffff::9'))]).toEqual([200, 200]);
    expect(await at('2001:db8:1:2:3:4:5:6')).toEqual([429]);
    expect(await at('2001:db8:1:3::1')).toEqual([200]);
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      expect(await statuses(new Browser(app, address), 4)).toEqual([200, 200, 200, 200]);
    }
  });

  it('are so many for a key, and for an account with all of its keys, wherever it comes from', async () => {
    const { app, ada, somebody } = await installation({ limits: limits(), settings: settings({ user: 20, key: 2 }) });
    const ben = await somebody('Ben', 'editor', '192.0.2.7');
    const make = async (): Promise<string> =>
      (await ben.json<{ secret: string }>('POST', '/api/v1/keys', { name: 'k', scopes: ['read'] })).secret;
    const [one, other] = [await make(), await make()];
    const by = async (key: string, address: string): Promise<Response> =>
      new Browser(app, address).ask('GET', '/api/v1/audio/files', undefined, { authorization: `Bearer ${key}` });
    expect((await by(one, '192.0.2.8')).status).toBe(200);
    expect((await by(one, '192.0.2.9')).headers.get('ratelimit')).toBe('"key";r=0;t=41, "user";r=16;t=41');
    const refused = await by(one, '192.0.2.9');
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ 'violated-policies': ['key'] });
    expect((await by(other, '192.0.2.8')).status).toBe(200);
    // Two keys made, three calls that were let through.
    expect(await statuses(ben, 16)).toEqual([...Array<number>(15).fill(200), 429]);
    expect((await by(other, '192.0.2.8')).status).toBe(429);
    expect((await ada.ask('GET', '/api/v1/audio/files')).status).toBe(200);
  });

  it('that others made in one’s name, or at one’s address, never keep anybody from ending that', async () => {
    const { app, somebody, ada } = await installation({
      limits: limits(),
      settings: settings({ user: 30, address: 60 }),
    });
    const ben = await somebody('Ben', 'editor', '192.0.2.7');
    const { id, secret } = await ben.json<{ id: string; secret: string }>('POST', '/api/v1/keys', {
      name: 'k',
      scopes: ['read'],
    });
    const elsewhere = new Browser(app, '192.0.2.9');
    await elsewhere.signIn('Ben');
    const script = new Browser(app, '192.0.2.7');
    const by = { authorization: `Bearer ${secret}` };
    for (let n = 0; n < 70; n++) await script.ask('GET', '/api/v1/audio/files', undefined, by);
    expect(await statuses(ben, 2)).toEqual([429, 429]);
    // The key itself comes no further by these ways.
    expect((await script.ask('GET', '/api/v1/keys', undefined, by)).status).toBe(429);
    for (const path_ of ['/api/v1/auth', '/api/v1/auth/me', '/api/v1/keys', '/api/v1/auth/sessions']) {
      expect(await statuses(ben, 1, path_), path_).toEqual([200]);
    }
    const { items } = await ben.json<{ items: { id: string; present: boolean }[] }>('GET', '/api/v1/auth/sessions');
    const other = items.find(({ present }) => !present)!;
    expect((await ben.ask('DELETE', `/api/v1/auth/sessions/${other.id}`)).status).toBe(204);
    expect((await ben.ask('DELETE', '/api/v1/auth/sessions')).status).toBe(200);
    expect((await ben.ask('POST', '/api/v1/auth/refresh')).status).toBe(200);
    expect((await ben.ask('DELETE', `/api/v1/keys/${id}`)).status).toBe(204);
    expect((await script.ask('GET', '/api/v1/audio/files', undefined, by)).status).toBe(429);
    expect((await ben.ask('POST', '/api/v1/auth/logout')).status).toBe(204);
    expect((await ada.ask('GET', '/api/v1/audio/files')).status).toBe(200);
    // Strangers are counted at these as well, for themselves.
    const stranger = new Browser(app, '192.0.2.8');
    expect((await statuses(stranger, 61, '/api/v1/auth/me')).slice(-2)).toEqual([401, 429]);
  });

  it('are counted also where they are refused for their origin or the name that they ask for', async () => {
    const app = createApp(new FakeWorld().deps({ limits: limits(), settings: settings({ address: 2 }) }));
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await new Browser(app, '192.0.2.1').ask('DELETE', '/api/v1/search/history', undefined, headers)).status;
    expect(await ask({ origin: 'https://evil.example' })).toBe(403);
    expect(await ask({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await ask({ origin: 'https://evil.example' })).toBe(429);
  });

  it('are those of whoever the proxy names, in whatever spelling, and of nobody where it names none', async () => {
    const app = createApp(
      new FakeWorld().deps({
        limits: limits(),
        settings: { ...settings({ address: 2 }), trustedProxies: { hops: 1 } },
      }),
    );
    const through = async (forwarded: string): Promise<number> =>
      (
        await new Browser(app, '127.0.0.1').ask('GET', '/api/v1/audio/files', undefined, {
          'x-forwarded-for': forwarded,
        })
      ).status;
    const all = async (...entries: string[]): Promise<number[]> => {
      const seen: number[] = [];
      for (const entry of entries) seen.push(await through(entry));
      return seen;
    };
    // What is no address is not the proxy, from which as much comes as likes.
    expect(await all('unknown', '_hidden', 'evil')).toEqual([200, 200, 429]);
    expect(await all('192.0.2.1', '::ffff:192.0.2.1', '[::FFFF:c000:201]:4711')).toEqual([200, 200, 429]);
    expect(await all('192.0.2.9:80', '0:0:0:0:0:ffff:192.0.2.9', '::ffff:c000:209%eth0')).toEqual([200, 200, 429]);
    expect(await all('2001:db8::1', '2001:0DB8:0:0::2', '2001:db8:0:0:9:9:9:9')).toEqual([200, 200, 429]);
    expect(await all('2001:db8:0:1::1')).toEqual([200]);
  });

  it('are as many as anybody likes where that is set', async () => {
    const app = createApp(new FakeWorld().deps({ limits: limits(), settings: settings({}) }));
    const answer = await new Browser(app, '192.0.2.1').ask('GET', '/api/v1/audio/files');
    expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null]);
  });

  it('are added up in Redis by processes that share one, and go on being counted when it goes away', async () => {
    const folder = await temporaryFolder();
    const redis = await startPrivateRedis({ directory: path.join(folder.path, 'redis'), logger: silentLog });
    const counts = [0, 1].map(() => new RedisLimitCounts({ connection: { socketPath: redis.socketPath } }));
    try {
      const now = (): number => Date.UTC(2026, 10, 29, 12, 0, 19);
      const [one, other] = counts.map((shared) => new Limits(shared, { now })) as [Limits, Limits];
      for (let n = 0; n < 3; n++) one.take('address:192.0.2.1', 5);
      other.take('address:192.0.2.1', 5);
      await expect
        .poll(async () => (await one.share(), await other.share(), other.take('address:192.0.2.1', 100).left))
        .toBeLessThan(96);
      expect(other.take('address:192.0.2.1', 4).over).toBe(true);
      await redis.stop();
      await other.share();
      expect(other.take('address:192.0.2.1', 4).over).toBe(true);
      expect(other.take('address:192.0.2.2', 4).over).toBe(false);
    } finally {
      for (const each of counts) each.close();
      await redis.stop();
      await folder.remove();
    }
  });
});
