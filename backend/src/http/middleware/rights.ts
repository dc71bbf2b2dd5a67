import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { demand, LOCAL } from '../../domain/accounts/actor.js';
import { RIGHT, type RouteRight } from '../contract/route.js';
import type { AppDeps, AppEnv } from '../deps.js';
import { ALIASED, ROUTES } from '../openapi.js';

/** Says who asks. While there are no accounts, whoever may come in is the person at this machine. */
export const identify =
  (actorOf: AppDeps['actorOf'] = () => LOCAL): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    c.set('actor', actorOf(c.req.raw));
    await next();
  };

/**
 * Lets through whoever has the right that the route states. Services ask for theirs again: they are reached in other ways too.
 * @throws DomainError `forbidden`
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
      if (right !== 'none') demand(c.get('actor'), right);
    }
    await next();
  };
}
