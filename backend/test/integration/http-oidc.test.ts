import { afterEach, describe, expect, it, vi } from 'vitest';
import { OpenIdProvider } from '../../src/adapters/oidc/index.js';
import type { OidcRules } from '../../src/domain/accounts/oidc.service.js';
import { Browser, installation } from '../support/accounts.js';
import { FakeWorld } from '../support/fakes.js';
import { OidcServer } from '../support/oidc-server.js';
import { createApp } from '../../src/http/app.js';

vi.setConfig({ testTimeout: 60_000 });

const CALLBACK = '/api/v1/auth/oidc/callback';
const open: OidcServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.stop()));
});

const RULES: OidcRules = {
  nameClaim: 'preferred_username',
  roleClaim: null,
  roles: [],
  defaultRole: 'viewer',
  emails: [],
};

async function house(rules: Partial<OidcRules> = {}, codeS = 60) {
  const server = await OidcServer.start(`http://localhost${CALLBACK}`, { codeS });
  open.push(server);
  const provider = new OpenIdProvider({
    issuer: server.issuer,
    clientId: 'traum',
    clientSecret: 'a secret of sixteen',
    scopes: 'openid profile email',
  });
  const it_ = await installation({ oidc: { provider, rules: { ...RULES, ...rules } } });
  const begin = async (by: Browser): Promise<string> => {
    const answer = await by.ask('GET', '/api/v1/auth/oidc');
    expect(answer.status).toBe(302);
    return answer.headers.get('location')!;
  };
  const pathOf = ({ pathname, search }: URL): string => pathname + search;
  /** All the way, as somebody of this name there. */
  const comeIn = async (name: string, by = new Browser(it_.app, '198.51.100.1')): Promise<[Browser, Response]> => {
    const back = await server.signIn(await begin(by), name);
    return [by, await by.ask('GET', pathOf(back))];
  };
  const me = (by: Browser) => by.json<{ id: string; name: string; role: string }>('GET', '/api/v1/auth/me');
  return { ...it_, server, begin, comeIn, me, pathOf };
}

const reasonOf = async (answer: Response): Promise<unknown[]> => {
  const { reasons } = (await answer.json()) as { reasons?: { id: string }[] };
  return [answer.status, reasons?.[0]?.id];
};

describe('signing in by OpenID Connect', () => {
  it('makes an account at the first visit, and finds it at the next; nobody gets one that was there', async () => {
    const { server, comeIn, me, ada, app } = await house();
    server.people.set('u1', { preferred_username: 'Ada' });
    const [browser, answer] = await comeIn('u1');
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/']);
    const first = await me(browser);
    // The Ada who was there is somebody else.
    expect(first).toMatchObject({ name: 'Ada 2', role: 'viewer' });
    server.people.set('u1', { preferred_username: 'renamed there' });
    const [again] = await comeIn('u1');
    expect(await me(again)).toEqual(first);
    expect((await ada.json<{ items: unknown[] }>('GET', '/api/v1/users')).items).toHaveLength(2);
    expect(await new Browser(app).json('GET', '/api/v1/auth')).toMatchObject({ oidc: { name: 'OpenID Connect' } });
    const audit = await ada.json<{ items: { what: string; userId: string }[] }>('GET', '/api/v1/audit?limit=1');
    expect(audit.items[0]).toMatchObject({ what: 'oidcCallback', userId: first.id, status: 302 });
    await ada.json('PATCH', `/api/v1/users/${first.id}`, { off: true });
    expect(await reasonOf((await comeIn('u1'))[1])).toEqual([403, 'account_off']);
    // One that would only look like Ada, by a Cyrillic letter.
    server.people.set('u2', { preferred_username: '\u0410da' });
    expect(await me((await comeIn('u2'))[0])).toMatchObject({ name: 'viewer' });
  });

  it('takes nothing but what it began: state, nonce, the proof of the code, once', async () => {
    const { server, begin, app, pathOf, me } = await house();
    server.people.set('u1', { preferred_username: 'Bea' });
    const attempt = async (change: (begun: URL) => void, back: (url: URL) => void = () => undefined) => {
      const by = new Browser(app, '198.51.100.1');
      const begun = new URL(await begin(by));
      expect(begun.searchParams.get('code_challenge_method')).toBe('S256');
      change(begun);
      const url = await server.signIn(begun.href, 'u1');
      back(url);
      return { by, url, answer: await by.ask('GET', pathOf(url)) };
    };
    const right = await attempt(() => undefined);
    expect(right.answer.status).toBe(302);
    expect(await me(right.by)).toMatchObject({ name: 'Bea' });
    for (const [change, back] of [
      [(url: URL) => url.searchParams.set('nonce', 'another')],
      [(url: URL) => url.searchParams.set('state', 'another')],
      [(url: URL) => url.searchParams.set('code_challenge', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')],
      [() => undefined, (url: URL) => url.searchParams.set('state', 'another')],
      [() => undefined, (url: URL) => url.searchParams.delete('state')],
      [() => undefined, (url: URL) => url.searchParams.set('code', 'another')],
      [() => undefined, (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
    ] as [(url: URL) => void, ((url: URL) => void)?][]) {
      const { by, answer } = await attempt(change, back);
      expect(await reasonOf(answer)).toEqual([401, 'oidc_refused']);
      expect(by.cookies.has('traum_access')).toBe(false);
    }
    // The same once more, in the same browser and in another, and with the ticket of another.
    expect(await reasonOf(await right.by.ask('GET', pathOf(right.url)))).toEqual([401, 'oidc_not_begun']);
    expect(await reasonOf(await new Browser(app).ask('GET', pathOf(right.url)))).toEqual([401, 'oidc_not_begun']);
    const thief = new Browser(app);
    await begin(thief);
    expect(await reasonOf(await thief.ask('GET', pathOf(right.url)))).toEqual([401, 'oidc_refused']);
    const denied = new Browser(app);
    const state = new URL(await begin(denied)).searchParams.get('state');
    const no = `${CALLBACK}?error=access_denied&state=${state}&iss=${encodeURIComponent(server.issuer)}`;
    expect(await reasonOf(await denied.ask('GET', no))).toEqual([401, 'oidc_refused']);
  });

  it('leads to the page that was asked for, and never to a place elsewhere', async () => {
    const { server, app, pathOf } = await house();
    server.people.set('u1', { preferred_username: 'Bea' });
    const end = async (to: string): Promise<string | null> => {
      const by = new Browser(app, '198.51.100.1');
      const begun = await by.ask('GET', `/api/v1/auth/oidc?to=${encodeURIComponent(to)}`);
      const back = await server.signIn(begun.headers.get('location')!, 'u1');
      return (await by.ask('GET', pathOf(back))).headers.get('location');
    };
    expect(await end('/sound/1?at=2.5&q=rain%20on%20tin')).toBe('/sound/1?at=2.5&q=rain%20on%20tin');
    for (const to of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      '/.//evil.example',
      'javascript:alert(1)',
      '/api/v1/auth/oidc/logout',
      `/${'a'.repeat(5_000)}`,
      '',
    ]) {
      expect([to, await end(to)]).toEqual([to, '/']);
    }
  });

  it('refuses a code that came too late', async () => {
    const { server, begin, app, pathOf } = await house({}, 1);
    server.people.set('u1', { preferred_username: 'Bea' });
    const by = new Browser(app);
    const back = await server.signIn(await begin(by), 'u1');
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await reasonOf(await by.ask('GET', pathOf(back)))).toEqual([401, 'oidc_refused']);
  });

  it('says so when the provider is away, from the beginning or in between, and shows it to people on a page', async () => {
    const { server, begin, app, pathOf } = await house();
    const by = new Browser(app);
    const back = await server.signIn(await begin(by), 'u1');
    await server.stop();
    open.length = 0;
    expect(await reasonOf(await by.ask('GET', pathOf(back)))).toEqual([503, 'oidc_away']);
    // What it said a moment ago leads nobody there now, and nobody out by it.
    expect(await reasonOf(await by.ask('GET', '/api/v1/auth/oidc'))).toEqual([503, 'oidc_away']);
    expect((await by.ask('GET', '/api/v1/auth/oidc/logout')).headers.get('location')).toBe('/');
    const provider = new OpenIdProvider({ issuer: server.issuer, clientId: 'x', clientSecret: null, scopes: 'openid' });
    const later = await installation({ oidc: { provider, rules: RULES } });
    const answer = await later.ada.ask('GET', '/api/v1/auth/oidc');
    expect(answer.headers.get('retry-after')).not.toBeNull();
    expect(await reasonOf(answer)).toEqual([503, 'oidc_away']);
    const page = await later.ada.ask('GET', '/api/v1/auth/oidc', undefined, { accept: 'text/html,*/*' });
    expect([page.status, page.headers.get('location')]).toEqual([302, '/sign-in?why=oidc_away']);
  });

  it('gives the role that a claim names, each time anew, and lets in whom the settings let in', async () => {
    const { server, comeIn, me, ada } = await house({
      roleClaim: 'groups',
      roles: [
        { value: 'bosses', role: 'admin' },
        { value: 'cutters', role: 'editor' },
      ],
      defaultRole: null,
    });
    server.people.set('u1', { preferred_username: 'Cleo', groups: ['cutters', 'bosses'] });
    server.people.set('u2', { preferred_username: 'Dan', groups: ['cutters'] });
    server.people.set('u3', { preferred_username: 'Eve', groups: ['others'] });
    server.people.set('u4', { preferred_username: 'Fay' });
    expect(await me((await comeIn('u1'))[0])).toMatchObject({ name: 'Cleo', role: 'admin' });
    expect(await me((await comeIn('u2'))[0])).toMatchObject({ name: 'Dan', role: 'editor' });
    for (const name of ['u3', 'u4']) expect(await reasonOf((await comeIn(name))[1])).toEqual([403, 'not_invited']);
    server.people.set('u1', { preferred_username: 'Cleo', groups: ['cutters'] });
    expect(await me((await comeIn('u1'))[0])).toMatchObject({ name: 'Cleo', role: 'editor' });
    server.people.set('u2', { preferred_username: 'Dan', groups: [] });
    expect(await reasonOf((await comeIn('u2'))[1])).toEqual([403, 'not_invited']);
    expect((await ada.json<{ items: unknown[] }>('GET', '/api/v1/users')).items).toHaveLength(3);
  });

  it('lets in verified addresses alone where that is set', async () => {
    const { server, comeIn } = await house({ emails: ['@example.org', 'guest@example.com'] });
    const statusOf = async (email: string, verified: unknown): Promise<number> => {
      const id = `${email} ${String(verified)}`;
      server.people.set(id, { preferred_username: id, email, email_verified: verified });
      return (await comeIn(id))[1].status;
    };
    expect(await statusOf('Bea@Example.org', true)).toBe(302);
    expect(await statusOf('guest@example.com', true)).toBe(302);
    for (const [email, verified] of [
      ['bea@example.org', false],
      ['bea@example.org', 'true'],
      ['other@example.com', true],
      ['bea@evilexample.org', true],
      ['bea@example.org.evil.com', true],
    ] as const) {
      expect(await statusOf(email, verified), email).toBe(403);
    }
  });

  it('ends there as well, where somebody signs out', async () => {
    const { server, comeIn } = await house();
    server.people.set('u1', { preferred_username: 'Bea' });
    const [by] = await comeIn('u1');
    expect((await by.ask('POST', '/api/v1/auth/logout')).status).toBe(204);
    expect((await by.ask('GET', '/api/v1/auth/me')).status).toBe(401);
    const answer = await by.ask('GET', '/api/v1/auth/oidc/logout');
    const end = new URL(answer.headers.get('location')!);
    expect(end.href).toContain(`${server.issuer}/session/end`);
    expect(end.searchParams.get('post_logout_redirect_uri')).toBe('http://localhost/');
    const there = await fetch(end, { redirect: 'manual' });
    expect([200, 303]).toContain(there.status);
    expect((await by.ask('GET', '/api/v1/auth/oidc/logout')).headers.get('location')).not.toContain('id_token_hint');
  });

  it('waits for the first account, and is off unless it is set', async () => {
    const { server } = await house();
    server.people.set('u1', { preferred_username: 'Bea' });
    const provider = new OpenIdProvider({
      issuer: server.issuer,
      clientId: 'traum',
      clientSecret: 'a secret of sixteen',
      scopes: 'openid profile',
    });
    const app = createApp(new FakeWorld().deps({ oidc: { provider, rules: RULES }, settings: { accounts: true } }));
    const by = new Browser(app);
    const begun = (await by.ask('GET', '/api/v1/auth/oidc')).headers.get('location')!;
    const { pathname, search } = await server.signIn(begun, 'u1');
    expect(await reasonOf(await by.ask('GET', pathname + search))).toEqual([409, 'setup_first']);
    const { ada } = await installation();
    expect(await reasonOf(await ada.ask('GET', '/api/v1/auth/oidc'))).toEqual([409, 'oidc_off']);
    expect(await ada.json('GET', '/api/v1/auth')).toMatchObject({ oidc: null });
  });
});

describe('signing in by the header of a proxy', () => {
  const settings = {
    proxyHeader: { name: 'x-forwarded-user', role: 'viewer' as const },
    trustedProxies: { ranges: ['10.0.0.0/8'] },
  };
  const as = (by: Browser, name: string, path = '/api/v1/auth/me'): Promise<Response> =>
    by.ask('GET', path, undefined, { 'x-forwarded-user': name, 'x-forwarded-for': '198.51.100.7' });

  it('makes an account at the first visit, with every request of a trusted proxy, and of nobody else', async () => {
    const { app, ada } = await installation({ settings });
    const proxy = new Browser(app, '10.0.0.2');
    const first = (await (await as(proxy, 'bea')).json()) as { id: string };
    expect(first).toMatchObject({ name: 'bea', role: 'viewer' });
    expect(await (await as(proxy, 'bea')).json()).toEqual(first);
    expect(await (await as(proxy, 'Ada')).json()).toMatchObject({ name: 'Ada 2', role: 'viewer' });
    for (const address of ['192.0.2.5', '127.0.0.1', '::ffff:11.0.0.1']) {
      expect((await as(new Browser(app, address), 'bea')).status).toBe(401);
    }
    // One that is trusted passes on what others made up, and its own name behind it.
    expect((await as(proxy, 'bea, Ada')).status).toBe(401);
    expect((await as(proxy, '')).status).toBe(401);
    // A key that was sent on purpose counts before.
    const { secret } = await ada.json<{ secret: string }>('POST', '/api/v1/keys', { name: 'k', scopes: ['read'] });
    const headers = { 'x-forwarded-user': 'bea', authorization: `Bearer ${secret}` };
    expect(await (await proxy.ask('GET', '/api/v1/auth/me', undefined, headers)).json()).toMatchObject({ name: 'Ada' });
    await ada.json('PATCH', `/api/v1/users/${first.id}`, { role: 'editor' });
    expect(await (await as(proxy, 'bea')).json()).toMatchObject({ role: 'editor' });
    await ada.json('PATCH', `/api/v1/users/${first.id}`, { off: true });
    expect((await as(proxy, 'bea')).status).toBe(403);
  });

  it('lets in only those who have an account already where none is made', async () => {
    const { app } = await installation({
      settings: { ...settings, proxyHeader: { name: 'x-forwarded-user', role: null } },
    });
    const answer = await as(new Browser(app, '10.0.0.2'), 'bea');
    expect(await reasonOf(answer)).toEqual([403, 'not_invited']);
  });

  it('does nothing where it is not set', async () => {
    const { app } = await installation({ settings: { trustedProxies: settings.trustedProxies } });
    expect((await as(new Browser(app, '10.0.0.2'), 'bea')).status).toBe(401);
  });
});
