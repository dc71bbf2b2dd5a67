import os from 'node:os';
import { beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.js';
import type { HttpConfig } from '../../src/http/deps.js';
import { FakeWorld } from '../support/fakes.js';

let world: FakeWorld;
beforeEach(() => void (world = new FakeWorld()));

const asker = (settings: Partial<HttpConfig> = {}) => {
  const app = createApp(world.deps({ settings }));
  return async (host: string) => (await app.request('/api/v1/search/history', { headers: { host } })).status;
};

describe('the name that a server is asked for', () => {
  it('is one of this machine', async () => {
    const ask = asker();
    const ours = [
      'localhost',
      'LOCALHOST:8000',
      'localhost.',
      'traum.localhost',
      '127.0.0.1:8000',
      '127.9.9.9',
      '[::1]:8',
    ];
    for (const host of ours) expect([host, await ask(host)]).toEqual([host, 200]);
    const addresses = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
    for (const { address, family } of addresses.filter(({ scopeid }) => !scopeid)) {
      const host = family === 'IPv6' ? `[${address}]:8000` : `${address}:8000`;
      expect([host, await ask(host)]).toEqual([host, 200]);
    }
  });

  it('is refused when a stranger made it up, wherever the server listens', async () => {
    const strange = [
      'rebound.example:8000',
      'localhost.evil.example',
      'evillocalhost',
      '127.0.0.1.nip.io',
      '203.0.113.9',
    ];
    for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
      const ask = asker({ host });
      for (const name of strange) expect([host, name, await ask(name)]).toEqual([host, name, 403]);
    }
  });

  it('is refused as malformed when it is no name at all', async () => {
    const ask = asker({ allowedHosts: ['nas.local'] });
    const bad = [
      '127.999.0.1',
      '127.1',
      '0x7f.1',
      '256.1.1.1:80',
      '[::1',
      '[nonsense]',
      'a..b',
      'localhost:99999',
      'a b',
      '@',
    ];
    for (const host of bad) expect([host, await ask(host)]).toEqual([host, 400]);
  });

  it('is one that was allowed, with any port', async () => {
    const ask = asker({
      host: '0.0.0.0',
      allowedHosts: ['nas.local', '*.lan.example', '192.0.2.7'],
      corsOrigins: ['https://studio.example'],
    });
    for (const host of [
      'nas.local',
      'NAS.local:8080',
      'a.lan.example',
      'b.a.lan.example:1',
      '192.0.2.7',
      'studio.example',
    ])
      expect([host, await ask(host)]).toEqual([host, 200]);
    for (const host of ['lan.example', 'evillan.example', '.lan.example', 'x.nas.local'])
      expect(await ask(host)).toBeGreaterThan(399);
  });
});

describe('pages of other sites', () => {
  it('leave no searches in the history, whatever way the browser tells of them', async () => {
    const app = createApp(world.deps({ settings: { corsOrigins: ['https://studio.example'] } }));
    const recorded = async (headers: Record<string, string>) => {
      expect(
        (await app.request('/api/v1/search?q=rain', { headers: { host: 'localhost:8000', ...headers } })).status,
      ).toBe(200);
      return world.searched.at(-1)?.recorded !== false;
    };
    expect(await recorded({})).toBe(true);
    expect(await recorded({ 'sec-fetch-site': 'same-origin' })).toBe(true);
    expect(await recorded({ 'sec-fetch-site': 'none' })).toBe(true);
    expect(await recorded({ origin: 'http://localhost:8000' })).toBe(true);
    expect(await recorded({ origin: 'https://studio.example', 'sec-fetch-site': 'cross-site' })).toBe(true);
    expect(await recorded({ 'sec-fetch-site': 'cross-site' })).toBe(false);
    expect(await recorded({ 'sec-fetch-site': 'same-site' })).toBe(false);
    expect(await recorded({ origin: 'https://evil.example' })).toBe(false);
    expect(await recorded({ origin: 'null' })).toBe(false);
    expect(await recorded({ origin: 'http://localhost:3000' })).toBe(false);
  });

  it('may not embed or cache what the API says', async () => {
    const app = createApp(world.deps());
    const { headers } = await app.request('/api/v1/search/history');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('strict-transport-security')).toBeNull();
    const secure = async (host: string) =>
      (await app.request('/health', { headers: { host, 'x-forwarded-proto': 'https' } })).headers.get(
        'strict-transport-security',
      );
    expect(await secure('127.0.0.1')).toBe('max-age=31536000');
    expect(await secure('localhost:8443')).toBe('max-age=0');
  });
});

describe('deletions', () => {
  it('do not grow with parameters that are empty, unknown or given twice', async () => {
    const app = createApp(world.deps());
    const cases = [
      '/api/v1/analytics/usage?before=',
      '/api/v1/analytics/usage?before',
      '/api/v1/analytics/usage?before=%20',
      '/api/v1/analytics/usage?befor=2026-01-01',
      '/api/v1/analytics/usage?before=2026-01-01&before=',
      '/api/v1/search/history?id=7',
      '/api/v1/search/history?before=',
    ];
    for (const url of cases) {
      const response = await app.request(url, { method: 'DELETE' });
      expect([url, response.status]).toEqual([url, 422]);
    }
    expect((await app.request('/api/v1/analytics/usage?before=2026-01-01', { method: 'DELETE' })).status).toBe(200);
    expect((await app.request('/api/v1/analytics/usage', { method: 'DELETE' })).status).toBe(200);
  });
});
