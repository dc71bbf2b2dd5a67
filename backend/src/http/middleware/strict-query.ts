import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { allowedEdits, editDistance } from '../../domain/search/words.js';
import type { AppEnv } from '../deps.js';
import { HttpProblem } from '../problem.js';

/** What browsers, proxies and those who follow links add by themselves. */
const OF_OTHERS = /^(?:_|utm_)/;

/**
 * A misspelled parameter would make a list larger than it was meant to be, or a deletion; an empty one a deletion only: in lists it
 * counts as absent, so that plain HTML forms work.
 * @param app whose routes are looked up at the first request, when all are there
 */
export function strictQuery(app: OpenAPIHono<AppEnv>): MiddlewareHandler<AppEnv> {
  let known: Map<string, Set<string>> | undefined;
  return async (c, next) => {
    if (!c.req.url.includes('?')) return next();
    const isDelete = c.req.method === 'DELETE';
    const method = c.req.method === 'HEAD' ? 'GET' : c.req.method;
    known ??= parametersOf(app);
    const route = matchedRoutes(c).findLast(({ path }) => !path.includes('*'))?.path ?? '';
    const names = known.get(`${method} ${route}`);
    if (!names) return next();
    const errors = [...new URL(c.req.url).searchParams].flatMap(([name, value]): Wrong[] => {
      if (!names.has(name)) return OF_OTHERS.test(name) && !isDelete ? [] : [unknown(name, names)];
      return isDelete && value.trim() === '' ? [{ path: name, message: 'must not be empty', meant: undefined }] : [];
    });
    const [first] = errors;
    if (!first) return next();
    const hint = `${first.meant ? ` Did you mean ${first.meant}?` : ''}${isDelete ? ' Nothing was deleted.' : ''}`;
    throw new HttpProblem('invalid_input', `${first.path} ${first.message}.${hint}`, {
      extra: { errors: errors.map(({ path, message }) => ({ path, message })) },
    });
  };
}

interface Wrong {
  path: string;
  message: string;
  meant: string | undefined;
}

function unknown(path: string, names: ReadonlySet<string>): Wrong {
  const [meant] = [...names]
    .map((name) => ({ name, edits: editDistance(path.toLowerCase(), name.toLowerCase(), 2) }))
    .filter(({ name, edits }) => edits <= Math.max(1, allowedEdits(name)))
    .sort((a, b) => a.edits - b.edits);
  return { path, message: 'is not a known parameter', meant: meant?.name };
}

/**
 * Names of the query parameters of each DELETE route, and of each GET route that has some and says what becomes of a wrong one, by
 * its method and its path as Hono spells it.
 */
function parametersOf(app: OpenAPIHono<AppEnv>): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue;
    const { method, path, request, responses } = definition.route;
    const query = request?.query as { shape?: object } | undefined;
    if (method !== 'delete' && !(method === 'get' && query?.shape && '422' in responses)) continue;
    const names = new Set(Object.keys(query?.shape ?? {}));
    found.set(`${method.toUpperCase()} ${path.replace(/\{(.+?)\}/g, ':$1')}`, names);
  }
  return found;
}
