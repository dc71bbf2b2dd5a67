import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { nameOf } from '../../domain/accounts/actor.js';
import type { Log } from '../../domain/log.js';
import type { AppEnv } from '../deps.js';
import type { HttpMetrics } from '../metrics.js';

const SANE_ID = /^[\w.:-]{1,100}$/;
/** Asked every few seconds by machines: not worth a line each. */
const QUIET = new Set(['/health', '/health/ready', '/metrics', '/api/v1/health', '/api/v1/health/ready']);

/** Asked by machines, of no interest when all is well. */
export const isQuiet = (path: string): boolean => QUIET.has(path);

/** Fixed patterns only, so that ids in paths do not multiply names. */
export const routeOf = (c: Context): string =>
  matchedRoutes(c).findLast((match) => match.method !== 'ALL' && !match.path.includes('*'))?.path ?? 'other';

/** Strangers could ask for each route by each of some thirty methods, and so make the figures endless: what there is not is one. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Gives each request an id (a sane one of the caller is kept), one log line and a place in the metrics. */
export function requestLog(logger: Log, metrics: HttpMetrics): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const given = c.req.header('x-request-id');
    const requestId = given && SANE_ID.test(given) ? given : randomUUID();
    c.set('requestId', requestId);
    c.header('x-request-id', requestId);
    const startedAt = performance.now();
    await next();
    const ms = Math.round((performance.now() - startedAt) * 10) / 10;
    const { method, path } = c.req;
    const { status } = c.res;
    metrics.request(METHODS.has(method) ? method : 'other', routeOf(c), status, ms / 1000);
    const level = isQuiet(path) && status < 400 ? 'debug' : 'info';
    // Nobody, where the request came no further than the password.
    const actor = c.get('actor');
    const by = actor ? { actor: nameOf(actor) } : {};
    logger[level]({ requestId, client: c.get('client'), ...by, method, path, status, ms }, 'request');
  };
}
