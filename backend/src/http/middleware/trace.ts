import type { MiddlewareHandler } from 'hono';
import type { Tracing } from '../../domain/tracing.js';
import { tellTraces } from '../contract/system.js';
import type { AppEnv } from '../deps.js';
import { isQuiet, routeOf } from './request-log.js';

/**
 * Each request of the API is a step of the trace that its caller names (`traceparent`), or of a new one. What was searched for is not
 * told: only paths are.
 */
export function traceRequests(tracing: Tracing): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    const { method, path } = c.req;
    if (!path.startsWith('/api/') || isQuiet(path) || path === tellTraces.path) return next();
    const traceparent = c.req.header('traceparent');
    const tracestate = c.req.header('tracestate');
    return tracing.step(
      method,
      async (step) => {
        await next();
        const route = routeOf(c);
        const { status } = c.res;
        step.rename(`${method} ${route}`);
        step.note({
          'http.route': route,
          'http.response.status_code': status,
          'traum.request.id': c.get('requestId'),
        });
        if (status >= 500) step.fail();
      },
      {
        kind: 'server',
        from: traceparent === undefined ? null : { traceparent, ...(tracestate !== undefined && { tracestate }) },
        facts: { 'http.request.method': method, 'url.path': path },
      },
    );
  };
}
