import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { AppEnv } from '../deps.js';
import { HttpProblem } from '../problem.js';

/**
 * A parameter that is empty or misspelled must not make a deletion larger than it was meant to be. Elsewhere both count
 * as absent.
 * @param app whose routes are looked up at the first request, when all are there
 */
export function strictDelete(app: OpenAPIHono<AppEnv>): MiddlewareHandler<AppEnv> {
  let known: Map<string, Set<string>> | undefined;
  return async (c, next) => {
    if (c.req.method !== 'DELETE') return next();
    known ??= parametersOf(app);
    const route = matchedRoutes(c).findLast(({ path }) => !path.includes('*'))?.path ?? '';
    const errors = [...new URL(c.req.url).searchParams].flatMap(([name, value]) => {
      if (!known?.get(route)?.has(name)) return [{ path: name, message: 'is not a known parameter' }];
      return value.trim() === '' ? [{ path: name, message: 'must not be empty' }] : [];
    });
    const [first] = errors;
    if (!first) return next();
    throw new HttpProblem('invalid_input', `${first.path} ${first.message}. Nothing was deleted.`, {
      extra: { errors },
    });
  };
}

/** Names of the query parameters of each DELETE route, by its path as Hono spells it. */
function parametersOf(app: OpenAPIHono<AppEnv>): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route' || definition.route.method !== 'delete') continue;
    const query = definition.route.request?.query as { shape?: object } | undefined;
    found.set(definition.route.path.replace(/\{(.+?)\}/g, ':$1'), new Set(Object.keys(query?.shape ?? {})));
  }
  return found;
}
