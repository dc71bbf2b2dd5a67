import type { Hono, MiddlewareHandler } from 'hono';
import { basicAuth } from 'hono/basic-auth';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import type { AppDeps, AppEnv } from '../deps.js';
import type { HttpMetrics } from '../metrics.js';
import { HttpProblem } from '../problem.js';
import { requestLog } from './request-log.js';
import { crossSiteCheck, hostCheck, securityHeaders } from './security.js';

const MAX_JSON_BYTES = 1024 * 1024;
/** Asked by orchestrators, which have no password. */
const OPEN_PATHS = new Set(['/health', '/health/ready', '/api/v1/health', '/api/v1/health/ready']);

/** Everything a request passes before its route, in order. */
export function useMiddleware(app: Hono<AppEnv>, { config, logger }: AppDeps, metrics: HttpMetrics): void {
  app.use(requestLog(logger, metrics), securityHeaders, hostCheck(config));
  if (config.corsOrigins.length > 0) app.use(corsFor(config.corsOrigins));
  app.use(crossSiteCheck(config));
  if (config.auth !== null) app.use(authFor(config.auth));
  app.use(jsonLimit);
}

function corsFor(origins: readonly string[]): MiddlewareHandler {
  return cors({
    origin: (origin) => (origins.includes(origin) || origins.includes('*') ? origin : null),
    allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Range', 'X-Request-Id'],
    exposeHeaders: ['Accept-Ranges', 'Content-Disposition', 'Content-Range', 'Retry-After', 'X-Request-Id'],
    maxAge: 600,
  });
}

function authFor(auth: string): MiddlewareHandler {
  const colon = auth.indexOf(':');
  const check = basicAuth({
    username: auth.slice(0, colon),
    password: auth.slice(colon + 1),
    realm: 'Traum-Engine',
  });
  return (c, next) => (OPEN_PATHS.has(c.req.path) ? next() : check(c, next));
}

const limitBody = bodyLimit({
  maxSize: MAX_JSON_BYTES,
  onError: () => {
    throw new HttpProblem(413, 'too_large', 'The body of this request is too large. JSON bodies may have 1 MB.');
  },
});
/** Multipart bodies are streamed and have limits of their own. */
const jsonLimit: MiddlewareHandler = (c, next) =>
  c.req.header('content-type')?.startsWith('multipart/') ? next() : limitBody(c, next);
