import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { AppEnv } from '../deps.js';
import { ALIASED, ROUTES } from '../openapi.js';

type Route = (typeof ROUTES)[number];

const keyOf = (method: string, path: string): string => `${method.toUpperCase()} ${path}`;

const routes = new Map<string, Route>();
for (const route of ROUTES) {
  const path = route.getRoutingPath();
  routes.set(keyOf(route.method, path), route);
  if (ALIASED.includes(route)) routes.set(keyOf(route.method, `/api/v1${path}`), route);
}

/**
 * The operation that a request asks for; null where it asks for none of the API's.
 * @throws Error for a route that the description of the API does not know
 */
export function askedOf(c: Context<AppEnv>): Route | null {
  const asked = matchedRoutes(c).find(({ method, path }) => method !== 'ALL' && !path.includes('*'));
  if (!asked) return null;
  const route = routes.get(keyOf(asked.method, asked.path));
  if (!route) throw new Error(`${asked.method} ${asked.path} states no right`);
  return route;
}
