import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { RIGHTS_OF } from '../../domain/accounts/accounts.types.js';
import { UNDER_WAY_S } from '../../domain/accounts/oidc.service.js';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';
import * as contract from '../contract/oidc.js';
import { clearIdToken, clearTicket, idTokenOf, setCookies, setIdToken, setTicket, ticketOf } from '../cookies.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { callerOf } from '../middleware/client.js';

/** It travels in a cookie, which browsers cut off at 4 KB. */
const MAX_TO = 1_000;
const CALLBACK = '/api/v1/auth/oidc/callback';

/** Signing in and out by a provider of OpenID Connect. A browser is led from page to page, and told on ours what went wrong. */
export function oidcRoutes(app: OpenAPIHono<AppEnv>, { accounts, config, logger }: AppDeps): void {
  const { oidc, signIn } = accounts;

  const led = async (c: Context<AppEnv>, go: (by: NonNullable<typeof oidc>) => Promise<string>): Promise<Response> => {
    c.header('cache-control', 'no-store');
    try {
      if (!config.accounts || !oidc) throw new DomainError('conflict', because('oidc_off'));
      return c.redirect(await go(oidc));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      logger.warn({ err: error, client: c.get('client') }, 'sign-in by OpenID Connect failed');
      const [reason] = error.reasons;
      if (!reason || !c.req.header('accept')?.includes('text/html')) throw error;
      return c.redirect(`/sign-in?why=${reason.id}`);
    }
  };

  app.openapi(contract.oidcBegin, (c) =>
    led(c, async (by) => {
      const { url, ticket } = await by.begin(originOf(c) + CALLBACK, pageOf(c.req.valid('query').to));
      setTicket(c, ticket, UNDER_WAY_S);
      return url;
    }),
  );

  app.openapi(contract.oidcCallback, (c) =>
    led(c, async (by) => {
      const ticket = ticketOf(c);
      clearTicket(c);
      const { search } = new URL(c.req.url);
      const { user, idToken, to } = await by.finish(originOf(c) + CALLBACK + search, ticket);
      setCookies(c, await signIn.open(user, callerOf(c)));
      setIdToken(c, idToken);
      const rights = new Set(RIGHTS_OF[user.role]);
      c.set('actor', { kind: 'user', id: user.id, ownerId: user.id, rights, name: user.name });
      return to;
    }),
  );

  app.openapi(contract.oidcLogout, async (c) => {
    c.header('cache-control', 'no-store');
    const idToken = idTokenOf(c);
    clearIdToken(c);
    return c.redirect((await oidc?.endOf(idToken, `${originOf(c)}/`)) ?? '/');
  });
}

/** A page of ours, never a place elsewhere that a link of somebody's leads to. */
function pageOf(to: string | undefined): string {
  if (to === undefined || to.length > MAX_TO) return '/';
  const here = 'http://here.invalid';
  const url = URL.canParse(to, here) ? new URL(to, here) : null;
  return url?.origin === here && !/^\/(\/|api\/)/.test(url.pathname) ? url.pathname + url.search : '/';
}

/** How the browser calls this server; the name is one of those allowed. */
function originOf(c: Context<AppEnv>): string {
  const { protocol, host } = new URL(c.req.url);
  const scheme = c.req.header('x-forwarded-proto') === 'https' ? 'https:' : protocol;
  return `${scheme}//${c.req.header('host') ?? host}`;
}
