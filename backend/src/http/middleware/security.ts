import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv, HttpConfig } from '../deps.js';
import { HttpProblem } from '../problem.js';
import { because } from '../../domain/reasons.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Content-Security-Policy of our pages: nothing from elsewhere, ever.
 * @param scripts further sources of scripts, such as hashes of inline ones
 */
export const contentSecurityPolicy = (scripts: readonly string[] = []): string =>
  [
    "default-src 'self'",
    `script-src ${["'self'", ...scripts].join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

const YEAR_S = 31_536_000;
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/;

/** Everything on this computer shares the name localhost, and not all of it speaks HTTPS: it is never bound to it. */
const hsts = (c: Context): string =>
  `max-age=${/^(?:[^:]*\.)?localhost(?::|$)/i.test(c.req.header('host') ?? '') ? 0 : YEAR_S}`;

const DEFAULT_POLICY = contentSecurityPolicy();

export const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.header('content-security-policy', DEFAULT_POLICY);
  c.header('x-content-type-options', 'nosniff');
  c.header('x-frame-options', 'DENY');
  c.header('referrer-policy', 'same-origin');
  c.header('permissions-policy', 'microphone=(self), camera=(), geolocation=()');
  c.header('cross-origin-opener-policy', 'same-origin');
  c.header('cross-origin-resource-policy', 'same-origin');
  if (c.req.header('x-forwarded-proto') === 'https') c.header('strict-transport-security', hsts(c));
  await next();
  const { headers } = c.res;
  if (!headers.has('cache-control') && JSON_TYPE.test(headers.get('content-type') ?? '')) {
    // By the context it would make a second response of it.
    headers.set('cache-control', 'no-store');
  }
};

/** Refuses writes that a page of another site makes with this user's browser. */
export function crossSiteCheck({ corsOrigins }: HttpConfig): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const foreign = isForeign(c, corsOrigins);
    c.set('foreign', foreign);
    if (foreign && !SAFE_METHODS.has(c.req.method)) {
      throw new HttpProblem('forbidden', because('other_site'));
    }
    await next();
  };
}

/** Whether a page of another site made the browser ask. Programs send neither header and are not foreign. */
function isForeign(c: Context, allowed: readonly string[]): boolean {
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  if (origin !== undefined && (allowed.includes(origin) || allowed.includes('*'))) return false;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const own = c.req.header('host') ?? new URL(c.req.url).host;
  return origin !== undefined && site === undefined && hostOf(origin) !== own;
}

const hostOf = (origin: string): string => (URL.canParse(origin) ? new URL(origin).host : '');
