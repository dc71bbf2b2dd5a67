import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.js';
import { Browser, installation, PASSWORD } from '../support/accounts.js';
import { FakeWorld } from '../support/fakes.js';

interface Listed<T> {
  items: T[];
}
interface Shown {
  id: string;
  name: string;
  present?: boolean;
}

describe('the first account', () => {
  it('is made with the token of the log, once, and is an admin whose is what was there before', async () => {
    const world = new FakeWorld();
    const deps = world.deps({ settings: { accounts: true } });
    const app = createApp(deps);
    const browser = new Browser(app);
    expect(await browser.json('GET', '/api/v1/auth')).toEqual({ access: 'accounts', setUp: false, oidc: null });
    const token = await deps.accounts.users.setupToken();
    expect(await deps.accounts.users.setupToken()).toBe(token);
    const setUp = (given: string, password = PASSWORD) =>
      browser.ask('POST', '/api/v1/auth/setup', { token: given, name: 'Ada', password });
    expect((await setUp('guess')).status).toBe(403);
    expect((await setUp(token!, 'ada1234567')).status).toBe(422);
    const made = await Promise.all([setUp(token!), setUp(token!)]);
    expect(made.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await browser.json('GET', '/api/v1/auth')).toEqual({ access: 'accounts', setUp: true, oidc: null });
    expect(await browser.json('GET', '/api/v1/auth/me')).toMatchObject({ id: 'local', name: 'Ada', role: 'admin' });
    expect(await deps.accounts.users.setupToken()).toBeNull();
    expect((await setUp(token!)).status).toBe(409);
  });

  it('is not needed where everybody comes in, and nothing there is about accounts', async () => {
    const browser = new Browser(createApp(new FakeWorld().deps()));
    expect(await browser.json('GET', '/api/v1/auth')).toEqual({ access: 'open', setUp: true, oidc: null });
    expect(await browser.json('GET', '/api/v1/auth/me')).toMatchObject({ id: 'local', name: null, access: 'open' });
    const refused = await browser.ask('GET', '/api/v1/users');
    expect([refused.status, await refused.json()]).toEqual([409, expect.objectContaining({ code: 'conflict' })]);
    for (const [method, path] of [
      ['POST', 'auth/login'],
      ['GET', 'keys'],
      ['GET', 'auth/sessions'],
    ] as const) {
      const body = method === 'POST' ? { name: 'a', password: 'b' } : undefined;
      expect([path, (await browser.ask(method, `/api/v1/${path}`, body)).status]).toEqual([path, 409]);
    }
  });
});

describe('signing in', () => {
  it('leaves tokens that scripts and other sites cannot have, and that only travel over TLS where there is any', async () => {
    const { ada, app } = await installation();
    expect(ada.set.get('traum_access')).toMatch(/HttpOnly.*SameSite=Strict/);
    expect(ada.set.get('traum_refresh')).toMatch(/Max-Age=604800; Path=\/api\/v1\/auth; HttpOnly; SameSite=Strict/);
    expect(ada.set.get('traum_access')).not.toMatch(/Secure/);
    // Pages see by this one that the others are new.
    expect(ada.set.get('traum_turn')).toMatch(/^traum_turn=[0-9a-f]{8}; Max-Age=604800; Path=\/; SameSite=Strict$/);
    const tls = new Browser(app);
    await tls.ask('POST', '/api/v1/auth/login', { name: 'ada', password: PASSWORD }, { 'x-forwarded-proto': 'https' });
    for (const name of ['traum_access', 'traum_refresh', 'traum_device']) expect(tls.set.get(name)).toMatch(/Secure/);
  });

  it('takes the name in any case, and tells wrong names from wrong passwords in nothing', async () => {
    const { app } = await installation();
    const browser = new Browser(app);
    const [name, password] = [await browser.signIn('Nobody'), await browser.signIn('Ada', 'not her password')];
    const told = async (answer: Response) => ({ ...((await answer.json()) as object), requestId: '' });
    expect([name.status, password.status]).toEqual([401, 401]);
    expect(await told(name)).toEqual(await told(password));
    expect((await browser.signIn(' aDA ')).status).toBe(200);
  });

  it('is needed for everything but the pages and what says nothing', async () => {
    const { app } = await installation();
    const nobody = new Browser(app);
    const refused = await nobody.ask('GET', '/api/v1/audio/files');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect((await nobody.ask('GET', '/health')).status).toBe(200);
    const forged = await nobody.ask('GET', '/api/v1/audio/files', undefined, { authorization: 'Bearer e30.e30.e30' });
    expect([forged.status, ((await forged.json()) as { detail: string }).detail]).toEqual([
      401,
      'Your session is over. Sign in again.',
    ]);
  });

  it('works for programs with the token of the answer', async () => {
    const { app } = await installation();
    const browser = new Browser(app);
    const { accessToken } = (await (await browser.signIn('Ada')).json()) as { accessToken: string };
    const headers = { authorization: `Bearer ${accessToken}` };
    expect((await app.request('/api/v1/audio/files', { headers })).status).toBe(200);
    // What refreshes a session, or proves a browser, opens nothing by itself.
    for (const name of ['traum_refresh', 'traum_device']) {
      const other = { authorization: `Bearer ${browser.cookies.get(name)!.value}` };
      expect((await app.request('/api/v1/audio/files', { headers: other })).status).toBe(401);
    }
  });

  it('is shut to guessers, and not to the owner elsewhere or in a browser of theirs', async () => {
    const { app, ada } = await installation();
    const guesser = new Browser(app, ada.address);
    const statuses: number[] = [];
    for (let guess = 0; guess < 8; guess++) statuses.push((await guesser.signIn('Ada', `guess ${guess}`)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    const shut = await guesser.signIn('Ada');
    expect([shut.status, Number(shut.headers.get('retry-after'))]).toEqual([429, 30]);
    expect((await new Browser(app, '198.51.100.7').signIn('Ada')).status).toBe(200);
    // Same address as the guesser, but signed in there before.
    await ada.ask('POST', '/api/v1/auth/logout');
    expect((await ada.signIn('Ada')).status).toBe(200);
  });
});

describe('a session', () => {
  it('goes on with a new token each time', async () => {
    const { ada } = await installation();
    const told = () => ['traum_refresh', 'traum_turn'].map((name) => ada.cookies.get(name)!.value);
    const [token, turn] = told();
    expect((await ada.ask('POST', '/api/v1/auth/refresh')).status).toBe(200);
    expect(told()).toEqual([expect.not.stringMatching(token!), expect.not.stringMatching(turn!)]);
    expect((await ada.ask('POST', '/api/v1/auth/refresh')).status).toBe(200);
    expect((await ada.ask('GET', '/api/v1/audio/files')).status).toBe(200);
  });

  it.each([1, 2])(
    'ends for everybody who has a part of it when a used token comes again (%i refreshes ago)',
    async (ago) => {
      const { ada, app, world } = await installation();
      const thief = new Browser(app, '198.51.100.66');
      thief.cookies.set('traum_refresh', { ...ada.cookies.get('traum_refresh')! });
      for (let i = 0; i < ago; i++) expect((await ada.ask('POST', '/api/v1/auth/refresh')).status).toBe(200);
      expect((await thief.ask('POST', '/api/v1/auth/refresh')).status).toBe(401);
      expect((await ada.ask('GET', '/api/v1/audio/files')).status).toBe(401);
      expect((await ada.ask('POST', '/api/v1/auth/refresh')).status).toBe(401);
      for (const name of ['traum_access', 'traum_turn']) expect(ada.cookies.has(name)).toBe(false);
      expect(world.logged.find(({ message }) => message.startsWith('a used token'))).toBeDefined();
    },
  );

  it('is over when somebody signs out, at once and on the server', async () => {
    const { ada, app } = await installation();
    const copied = new Browser(app);
    for (const [name, cookie] of ada.cookies) copied.cookies.set(name, cookie);
    await ada.ask('POST', '/api/v1/auth/logout');
    expect((await copied.ask('GET', '/api/v1/audio/files')).status).toBe(401);
    expect((await copied.ask('POST', '/api/v1/auth/refresh')).status).toBe(401);
  });

  it('is listed, and ended from another one; nobody ends those of others', async () => {
    const { ada, app, somebody } = await installation();
    const phone = new Browser(app, '198.51.100.9');
    await phone.signIn('Ada');
    const grace = await somebody('Grace', 'editor');
    const { items } = await ada.json<Listed<Shown>>('GET', '/api/v1/auth/sessions');
    expect(items).toHaveLength(2);
    const other = items.find(({ present }) => !present)!;
    expect(other).toMatchObject({ address: '198.51.100.9' });
    expect(JSON.stringify(items)).not.toContain(ada.cookies.get('traum_refresh')!.value.split('.')[1]);
    expect((await grace.ask('DELETE', `/api/v1/auth/sessions/${other.id}`)).status).toBe(404);
    expect((await phone.ask('GET', '/api/v1/audio/files')).status).toBe(200);
    expect((await ada.ask('DELETE', `/api/v1/auth/sessions/${other.id}`)).status).toBe(204);
    expect((await phone.ask('GET', '/api/v1/audio/files')).status).toBe(401);
    await phone.signIn('Ada');
    expect(await ada.json('DELETE', '/api/v1/auth/sessions')).toEqual({ ended: 1 });
    expect((await phone.ask('GET', '/api/v1/audio/files')).status).toBe(401);
    expect((await ada.ask('GET', '/api/v1/audio/files')).status).toBe(200);
  });

  it('that is over takes its streams of events with it', async () => {
    const { ada } = await installation({ pace: { heartbeatMs: 20, intervalMs: 1 } });
    const stream = await ada.ask('GET', '/api/v1/events');
    expect(stream.status).toBe(200);
    const text = stream.text();
    await new Promise((resolve) => setTimeout(resolve, 60));
    await ada.ask('POST', '/api/v1/auth/logout');
    expect(await text).toContain('still here');
  });

  it('ends its streams when its rights change: what comes then is for others to hear', async () => {
    const { ada, somebody } = await installation({ pace: { heartbeatMs: 20, intervalMs: 1 } });
    const grace = await somebody('Grace', 'admin');
    const { id } = await grace.json<{ id: string }>('GET', '/api/v1/auth/me');
    const text = (await grace.ask('GET', '/api/v1/events')).text();
    await new Promise((resolve) => setTimeout(resolve, 60));
    await ada.json('PATCH', `/api/v1/users/${id}`, { role: 'viewer' });
    expect(await text).toContain('still here');
    expect((await grace.ask('GET', '/api/v1/audio/files')).status).toBe(200);
  });

  it('of others ends with a new password, which needs the present one', async () => {
    const { ada, app } = await installation();
    const phone = new Browser(app, '198.51.100.9');
    await phone.signIn('Ada');
    const change = (present: string) =>
      ada.ask('POST', '/api/v1/auth/password', { present, password: 'five words are better still' });
    expect((await change('not it')).status).toBe(422);
    expect((await change(PASSWORD)).status).toBe(204);
    expect((await phone.ask('GET', '/api/v1/audio/files')).status).toBe(401);
    expect((await ada.ask('GET', '/api/v1/audio/files')).status).toBe(200);
    expect((await phone.signIn('Ada')).status).toBe(401);
    expect((await phone.signIn('Ada', 'five words are better still')).status).toBe(200);
  });
});

describe('accounts', () => {
  it('may what their role says, at once when it changes', async () => {
    const { ada, somebody } = await installation();
    const grace = await somebody('Grace', 'viewer');
    const may = async (method: string, path: string, body?: unknown) => (await grace.ask(method, path, body)).status;
    expect(await may('GET', '/api/v1/audio/files')).toBe(200);
    expect(await may('POST', '/api/v1/collections', { name: 'Mine' })).toBe(403);
    const me = await grace.json<{ id: string }>('GET', '/api/v1/auth/me');
    await ada.json('PATCH', `/api/v1/users/${me.id}`, { role: 'editor' });
    expect(await may('POST', '/api/v1/collections', { name: 'Mine' })).toBe(201);
    expect(await may('GET', '/api/v1/users')).toBe(403);
    expect(await may('GET', '/metrics')).toBe(403);
  });

  it('have names of their own, and there is always an admin', async () => {
    const { ada, somebody } = await installation();
    await somebody('Grace', 'editor');
    const again = await ada.ask('POST', '/api/v1/users', { name: 'gräce', role: 'viewer', password: PASSWORD });
    expect([again.status, ((await again.json()) as { errors: unknown }).errors]).toEqual([
      409,
      [{ path: 'name', message: 'is taken' }],
    ]);
    const alike = await ada.ask('POST', '/api/v1/users', { name: '\u0410da', role: 'viewer', password: PASSWORD });
    expect([alike.status, await alike.text()]).toEqual([422, expect.stringContaining('user_name_odd')]);
    expect((await ada.ask('PATCH', '/api/v1/auth/me', { name: 'Ad\u0430' })).status).toBe(422);
    expect((await ada.ask('PATCH', '/api/v1/users/local', { role: 'editor' })).status).toBe(409);
    expect((await ada.ask('PATCH', '/api/v1/users/local', { off: true })).status).toBe(409);
    expect((await ada.ask('DELETE', '/api/v1/users/local')).status).toBe(409);
    const second = await somebody('Linus', 'admin');
    expect((await second.ask('DELETE', '/api/v1/users/local')).status).toBe(409);
    expect((await second.ask('PATCH', '/api/v1/users/local', { role: 'viewer' })).status).toBe(200);
    expect((await ada.ask('GET', '/api/v1/users')).status).toBe(403);
  });

  it('that are turned off or deleted, or get a new password, are out at once with their keys', async () => {
    const { ada, app, somebody } = await installation();
    const grace = await somebody('Grace', 'editor');
    const { id } = await grace.json<{ id: string }>('GET', '/api/v1/auth/me');
    const { secret } = await grace.json<{ secret: string }>('POST', '/api/v1/keys', { name: 'x', scopes: ['read'] });
    const byKey = async () =>
      (await app.request('/api/v1/audio/files', { headers: { authorization: `Bearer ${secret}` } })).status;
    expect(await byKey()).toBe(200);
    await ada.json('PATCH', `/api/v1/users/${id}`, { off: true });
    expect([(await grace.ask('GET', '/api/v1/audio/files')).status, await byKey()]).toEqual([401, 401]);
    expect((await grace.signIn('Grace')).status).toBe(403);
    await ada.json('PATCH', `/api/v1/users/${id}`, { off: false });
    expect(await byKey()).toBe(200);
    expect((await grace.signIn('Grace')).status).toBe(200);
    await ada.json('PATCH', `/api/v1/users/${id}`, { password: 'another one entirely' });
    expect((await grace.ask('GET', '/api/v1/audio/files')).status).toBe(401);
    await ada.ask('DELETE', `/api/v1/users/${id}`);
    expect(await byKey()).toBe(401);
  });

  it('show no hash of anything', async () => {
    const { ada } = await installation();
    const all = await Promise.all(
      ['users', 'users/local', 'auth/me', 'auth/sessions', 'keys'].map(async (path) =>
        JSON.stringify(await ada.json('GET', `/api/v1/${path}`)),
      ),
    );
    expect(all.join()).not.toMatch(/hash/i);
  });
});

describe('a key', () => {
  const with_ = (secret: string) => ({ headers: { 'x-api-key': secret } });

  it('is shown once, opens what it is for, and nothing after it was revoked', async () => {
    const { ada, app } = await installation();
    const made = await ada.json<{ id: string; secret: string; start: string }>('POST', '/api/v1/keys', {
      name: 'Prometheus',
      scopes: ['metrics'],
    });
    expect(made.secret.startsWith(made.start)).toBe(true);
    expect((await app.request('/metrics', with_(made.secret))).status).toBe(200);
    expect((await app.request('/api/v1/audio/files', with_(made.secret))).status).toBe(403);
    const listed = await ada.json<Listed<{ usedAt: string | null }>>('GET', '/api/v1/keys');
    expect(JSON.stringify(listed)).not.toContain(made.secret);
    expect(listed.items[0]!.usedAt).not.toBeNull();
    expect((await ada.ask('DELETE', `/api/v1/keys/${made.id}`)).status).toBe(204);
    const refused = await app.request('/metrics', with_(made.secret));
    expect([refused.status, ((await refused.json()) as { detail: string }).detail]).toEqual([
      401,
      'This key is not known here, has expired or was revoked.',
    ]);
  });

  it('may no more than whoever made it, also when that changes', async () => {
    const { ada, app, somebody } = await installation();
    const grace = await somebody('Grace', 'editor');
    expect((await grace.ask('POST', '/api/v1/keys', { name: 'x', scopes: ['admin'] })).status).toBe(403);
    expect((await grace.ask('POST', '/api/v1/keys', { name: 'x', scopes: ['read', 'metrics'] })).status).toBe(403);
    const { secret } = await grace.json<{ secret: string }>('POST', '/api/v1/keys', { name: 'x', scopes: ['edit'] });
    const make = (name: string) =>
      app.request('/api/v1/collections', {
        method: 'POST',
        headers: { 'x-api-key': secret, 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      });
    expect((await make('One')).status).toBe(201);
    const { id } = await grace.json<{ id: string }>('GET', '/api/v1/auth/me');
    await ada.json('PATCH', `/api/v1/users/${id}`, { role: 'viewer' });
    expect((await make('Two')).status).toBe(403);
    expect((await app.request('/api/v1/audio/files', with_(secret))).status).toBe(200);
  });

  it('makes no keys and ends no sessions, whatever it may otherwise', async () => {
    const { ada, app } = await installation();
    const { secret } = await ada.json<{ secret: string }>('POST', '/api/v1/keys', { name: 'x', scopes: ['admin'] });
    const ask = async (method: string, path: string, body?: unknown) =>
      (
        await app.request(path, {
          method,
          headers: { 'x-api-key': secret, 'content-type': 'application/json' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        })
      ).status;
    expect(await ask('POST', '/api/v1/keys', { name: 'y', scopes: ['admin'] })).toBe(403);
    expect(await ask('DELETE', '/api/v1/auth/sessions')).toBe(403);
    expect(await ask('POST', '/api/v1/auth/password', { present: PASSWORD, password: 'a new one of a thief' })).toBe(
      403,
    );
    expect(await ask('PATCH', '/api/v1/users/local', { password: 'a new one of a thief' })).toBe(403);
    expect(await ask('PATCH', '/api/v1/auth/me', { name: 'Thief' })).toBe(403);
    expect(await ask('GET', '/api/v1/users')).toBe(200);
  });

  it('expires', async () => {
    const { ada, app } = await installation();
    const past = { name: 'x', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' };
    expect((await ada.ask('POST', '/api/v1/keys', past)).status).toBe(422);
    const expiresAt = new Date(Date.now() + 400).toISOString();
    const { secret } = await ada.json<{ secret: string }>('POST', '/api/v1/keys', { ...past, expiresAt });
    expect((await app.request('/api/v1/audio/files', with_(secret))).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await app.request('/api/v1/audio/files', with_(secret))).status).toBe(401);
  });
});
