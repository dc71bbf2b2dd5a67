import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { AppDeps, AppEnv } from '../deps.js';
import type { HttpMetrics } from '../metrics.js';
import { isFileOfPages } from '../static.js';
import { auditTrail } from './audit.js';
import { jsonBodies } from './bodies.js';
import { bodyLimits } from './body-limit.js';
import { clientAddress } from './client.js';
import { hostCheck } from './hosts.js';
import { actorLimits, addressLimit } from './limits.js';
import { passwordCheck } from './password.js';
import { requestLog } from './request-log.js';
import { identify, rightsCheck } from './rights.js';
import { crossSiteCheck, securityHeaders } from './security.js';
import { strictQuery } from './strict-query.js';
import { traceRequests } from './trace.js';

/** Asked by orchestrators, which have no password. */
const OPEN_PATHS = new Set(['/health', '/health/ready', '/api/v1/health', '/api/v1/health/ready']);
/** What a guest with a link needs: the page, the files that all pages are made of, and what is shared. */
const isForGuests = (path: string): boolean =>
  /^\/(?:shared\/?|api\/v1\/shared(?:\/.*)?)$/.test(path) || isFileOfPages(path);

/** Everything a request passes before its route, in order. */
export function useMiddleware(app: OpenAPIHono<AppEnv>, deps: AppDeps, metrics: HttpMetrics): void {
  const { config, logger, tracing } = deps;
  if (tracing) app.use(traceRequests(tracing));
  app.use(clientAddress(config), requestLog(logger, metrics), securityHeaders);
  if (config.corsOrigins.length > 0) app.use(corsFor(config.corsOrigins));
  // What is refused counts as well.
  app.use(addressLimit(deps), hostCheck(config), crossSiteCheck(config));
  if (config.auth !== null)
    app.use(passwordCheck(config.auth, (path) => OPEN_PATHS.has(path) || isForGuests(path), logger));
  app.use(identify(deps));
  if (config.accounts) app.use(auditTrail(deps.audit));
  app.use(actorLimits(deps), rightsCheck(), bodyLimits(), jsonBodies(), strictQuery(app));
}

function corsFor(origins: readonly string[]): MiddlewareHandler {
  return cors({
    origin: (origin) => (origins.includes(origin) || origins.includes('*') ? origin : null),
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: [
      'Authorization',
      'X-Api-Key',
      'Content-Type',
      'If-Match',
      'If-None-Match',
      'If-Range',
      'Range',
      'Traceparent',
      'Tracestate',
      'X-Request-Id',
    ],
    exposeHeaders: [
      'Accept-Ranges',
      'Content-Disposition',
      'Content-Range',
      'ETag',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'X-Request-Id',
    ],
    maxAge: 600,
  });
}
