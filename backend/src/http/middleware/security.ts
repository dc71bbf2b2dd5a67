import type { MiddlewareHandler } from 'hono';
import type { AppEnv, HttpConfig } from '../deps.js';
import { HttpProblem } from '../problem.js';

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

const DEFAULT_POLICY = contentSecurityPolicy();

export const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.header('content-security-policy', DEFAULT_POLICY);
  c.header('x-content-type-options', 'nosniff');
  c.header('x-frame-options', 'DENY');
  c.header('referrer-policy', 'same-origin');
  c.header('permissions-policy', 'microphone=(self), camera=(), geolocation=()');
  c.header('cross-origin-opener-policy', 'same-origin');
  await next();
};

/**
 * While the server listens on loopback only, a page of another site could reach it through a name that it points at
 * 127.0.0.1 (DNS rebinding). Only names that mean this machine, or hosts listed in CORS_ORIGINS, are answered then.
 */
export function hostCheck({ host, corsOrigins }: HttpConfig): MiddlewareHandler<AppEnv> {
  const allowed = new Set(corsOrigins.map(hostOf));
  const local = isLoopback(host);
  return async (c, next) => {
    const name = hostnameOf(c.req.header('host') ?? new URL(c.req.url).host);
    if (local && !isLoopback(name) && !allowed.has(c.req.header('host') ?? '')) {
      throw new HttpProblem(
        403,
        'forbidden',
        'This server answers only under localhost. To reach it under another name, add its address to CORS_ORIGINS or set HOST.',
      );
    }
    await next();
  };
}

/** Refuses writes that a page of another site makes with this user's browser. Programs send no Origin and pass. */
export function crossSiteCheck({ corsOrigins }: HttpConfig): MiddlewareHandler<AppEnv> {
  const allowed = new Set(corsOrigins);
  return async (c, next) => {
    if (!SAFE_METHODS.has(c.req.method)) {
      const origin = c.req.header('origin');
      const site = c.req.header('sec-fetch-site');
      const own = c.req.header('host') ?? new URL(c.req.url).host;
      const trusted =
        origin === undefined
          ? site !== 'cross-site'
          : site === 'same-origin' || hostOf(origin) === own || allowed.has(origin) || allowed.has('*');
      if (!trusted) {
        throw new HttpProblem(
          403,
          'forbidden',
          'A page of another site may not change anything here. Add its origin to CORS_ORIGINS to allow it.',
        );
      }
    }
    await next();
  };
}

const hostOf = (origin: string): string => (URL.canParse(origin) ? new URL(origin).host : '');

const hostnameOf = (host: string): string => host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '::1' ||
  /^127(?:\.\d{1,3}){3}$/.test(hostname);
