import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { demand, LOCAL } from '../../domain/accounts/actor.js';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';
import { RIGHT, type RouteRight } from '../contract/route.js';
import { accessOf } from '../cookies.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { ALIASED, ROUTES } from '../openapi.js';
import { callerOf } from './client.js';

/**
 * Finds out who asks. Where there are no accounts, whoever came this far is the person at this machine; otherwise whoever has a
 * token or a key. A bad one is told of where somebody is needed.
 */
export function identify({ actorOf, accounts, config }: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (actorOf) c.set('actor', actorOf(c.req.raw));
    else if (!config.accounts) c.set('actor', LOCAL);
    else {
      const token = tokenOf(c);
      try {
        if (token !== null) {
          const find = () => accounts.signIn.identify(token, callerOf(c));
          c.set('actor', await find());
          c.set('isOver', () => find().then(() => false, isUnauthorized));
        }
      } catch (error) {
        if (!isUnauthorized(error)) throw error;
        c.set('refusal', error);
      }
    }
    await next();
  };
}

const isUnauthorized = (error: unknown): error is DomainError =>
  error instanceof DomainError && error.code === 'unauthorized';

/** What was sent on purpose counts before what the browser sends along. */
function tokenOf(c: Context<AppEnv>): string | null {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '') ?? [];
  return bearer ?? c.req.header('x-api-key')?.trim() ?? accessOf(c);
}

/**
 * Lets through whoever has the right that the route states. Services ask for theirs again: they are reached in other ways too.
 * @throws DomainError `unauthorized` where nobody knows who asks, `forbidden`
 */
export function rightsCheck(): MiddlewareHandler<AppEnv> {
  const rights = new Map<string, RouteRight>();
  for (const route of ROUTES) {
    const key = (path: string): string => `${route.method.toUpperCase()} ${path}`;
    rights.set(key(route.getRoutingPath()), route[RIGHT]);
    if (ALIASED.includes(route)) rights.set(key(`/api/v1${route.getRoutingPath()}`), route[RIGHT]);
  }
  return async (c, next) => {
    const asked = matchedRoutes(c).find(({ method, path }) => method !== 'ALL' && !path.includes('*'));
    if (asked) {
      const right = rights.get(`${asked.method} ${asked.path}`);
      if (right === undefined) throw new Error(`${asked.method} ${asked.path} states no right`);
      if (right !== 'none') {
        const actor: AppEnv['Variables']['actor'] | undefined = c.get('actor');
        if (!actor) throw c.get('refusal') ?? new DomainError('unauthorized', because('sign_in_needed'));
        if (right !== 'self') demand(actor, right);
      }
    }
    await next();
  };
}
