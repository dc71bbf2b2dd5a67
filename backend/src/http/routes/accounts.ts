import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { RIGHTS_OF, type Kept, type User } from '../../domain/accounts/accounts.types.js';
import type { Actor, Right } from '../../domain/accounts/actor.js';
import { ACCESS_S, type SignedIn } from '../../domain/accounts/sign-in.service.js';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';
import * as contract from '../contract/accounts.js';
import { clearCookies, deviceOf, refreshOf, setCookies } from '../cookies.js';
import { networkOf } from '../address.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { callerOf } from '../middleware/client.js';
import { wayInOf } from '../way-in.js';

/** Who there is, who asks, and how they come in. */
export function accountRoutes(app: OpenAPIHono<AppEnv>, { accounts, config, tracing }: AppDeps): void {
  const { users, signIn, keys } = accounts;
  /** Where there are no accounts, what is about them says so. */
  const mustBeOn = (): void => {
    if (!config.accounts) throw new DomainError('conflict', because('accounts_off'));
  };
  const whoAsks = (c: Context<AppEnv>): Actor => {
    mustBeOn();
    return c.get('actor');
  };
  const here = { access: wayInOf(config), ...(tracing && { traces: tracing.share }) };
  const toMe = (user: User, rights: Iterable<Right>) => ({
    id: user.id,
    name: user.name,
    role: user.role,
    rights: [...rights],
    ...here,
  });
  const signedIn = (c: Context<AppEnv>, opened: Omit<SignedIn, 'deviceToken'> & { deviceToken?: string }) => {
    setCookies(c, opened);
    const { user, accessToken } = opened;
    const rights = new Set(RIGHTS_OF[user.role]);
    c.set('actor', { kind: 'user', id: user.id, ownerId: user.id, rights, name: user.name });
    return { user: toMe(user, RIGHTS_OF[user.role]), accessToken, expiresInS: ACCESS_S };
  };

  app.openapi(contract.access, async (c) =>
    c.json(
      {
        access: wayInOf(config),
        setUp: !config.accounts || (await users.isSetUp()),
        oidc: config.oidc && { name: config.oidc.name },
      },
      200,
    ),
  );

  app.openapi(contract.setUp, async (c) => {
    mustBeOn();
    const { token, name, password } = c.req.valid('json');
    const user = await users.setUp(token, name, password);
    return c.json(signedIn(c, await signIn.open(user, callerOf(c))), 201);
  });

  app.openapi(contract.login, async (c) => {
    mustBeOn();
    const { name, password } = c.req.valid('json');
    const caller = { ...callerOf(c), network: networkOf(c.get('client')) };
    try {
      return c.json(signedIn(c, await signIn.signIn(name, password, caller, deviceOf(c))), 200);
    } catch (error) {
      const isRefused = error instanceof DomainError && ['unauthorized', 'forbidden'].includes(error.code);
      const account = isRefused ? await users.idOf(name) : null;
      if (account !== null) c.set('account', account);
      throw error;
    }
  });

  app.openapi(contract.refresh, async (c) => {
    mustBeOn();
    const token = refreshOf(c);
    if (token === null) throw new DomainError('unauthorized', because('sign_in_needed'));
    try {
      return c.json(signedIn(c, await signIn.refresh(token, callerOf(c))), 200);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'unauthorized') clearCookies(c);
      throw error;
    }
  });

  app.openapi(contract.logout, async (c) => {
    const token = refreshOf(c);
    if (config.accounts && token !== null) await signIn.signOut(token);
    clearCookies(c);
    return c.body(null, 204);
  });

  app.openapi(contract.me, async (c) => {
    const actor = c.get('actor');
    if (config.accounts) return c.json(toMe(await users.own(actor), actor.rights), 200);
    const me = { id: actor.id, name: null, role: 'admin' as const, rights: [...actor.rights] };
    return c.json({ ...me, ...here }, 200);
  });

  app.openapi(contract.ownUse, async (c) => c.json(await users.ownUse(whoAsks(c)), 200));

  app.openapi(contract.changeMe, async (c) => {
    const actor = whoAsks(c);
    return c.json(toMe(await users.rename(actor, c.req.valid('json').name), actor.rights), 200);
  });

  app.openapi(contract.changePassword, async (c) => {
    const { present, password } = c.req.valid('json');
    await signIn.changePassword(whoAsks(c), present, password);
    return c.body(null, 204);
  });

  app.openapi(contract.listSessions, async (c) => {
    const actor = whoAsks(c);
    const items = (await signIn.sessions(actor)).map((session) => ({
      ...shown(session),
      present: session.id === actor.sessionId,
    }));
    return c.json({ items }, 200);
  });

  app.openapi(contract.endSession, async (c) => {
    await signIn.endSession(whoAsks(c), c.req.valid('param').id);
    return c.body(null, 204);
  });

  app.openapi(contract.endOtherSessions, async (c) => c.json({ ended: await signIn.endOthers(whoAsks(c)) }, 200));

  app.openapi(contract.listKeys, async (c) => {
    const items = (await keys.list(whoAsks(c))).map(shown);
    return c.json({ items }, 200);
  });

  app.openapi(contract.addKey, async (c) => {
    const { key, secret } = await keys.add(whoAsks(c), c.req.valid('json'));
    return c.json({ ...shown(key), secret }, 201);
  });

  app.openapi(contract.revokeKey, async (c) => {
    await keys.revoke(whoAsks(c), c.req.valid('param').id);
    return c.body(null, 204);
  });

  app.openapi(contract.listUsers, async (c) => {
    const kept = await users.kept(whoAsks(c));
    return c.json({ items: (await users.list(whoAsks(c))).map((user) => withKept(user, kept)) }, 200);
  });
  app.openapi(contract.addUser, async (c) =>
    c.json(withKept(await users.add(whoAsks(c), c.req.valid('json')), new Map()), 201),
  );
  app.openapi(contract.getUser, async (c) => {
    const user = await users.get(whoAsks(c), c.req.valid('param').id);
    return c.json(withKept(user, await users.kept(whoAsks(c))), 200);
  });
  app.openapi(contract.changeUser, async (c) => {
    const user = await users.change(whoAsks(c), c.req.valid('param').id, c.req.valid('json'));
    return c.json(withKept(user, await users.kept(whoAsks(c))), 200);
  });
  app.openapi(contract.deleteUser, async (c) => {
    await users.delete(whoAsks(c), c.req.valid('param').id, c.req.valid('query').sounds);
    return c.body(null, 204);
  });
}

const withKept = (user: User, kept: ReadonlyMap<string, Kept>) => ({
  ...user,
  kept: kept.get(user.id) ?? { sounds: 0, bytes: 0 },
});

/** Whose it is, whoever asks knows. */
const shown = <T extends { userId: string }>({ userId: _, ...rest }: T): Omit<T, 'userId'> => rest;
