import type { RouteConfig } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../deps.js';
import { HttpProblem } from '../problem.js';
import { askedOf } from './asked.js';

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;
const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';

const typeOf = (header = ''): string => header.split(';')[0]!.trim().toLowerCase();

/**
 * Refuses a body of JSON in another encoding than UTF-8: read all the same, its letters would be lost without a word. Likewise a request
 * without any where one is needed: it would be read as `{}`, which means something to routes with defaults for everything.
 */
export function jsonBodies(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!JSON_TYPE.test(typeOf(c.req.header('content-type')))) {
      if (takesJsonOnly(askedOf(c)))
        throw new HttpProblem(
          'unsupported_content_type',
          'Send the body as JSON with "Content-Type: application/json".',
        );
      return next();
    }
    // Kept by the request, which parses it from there.
    const bytes = await c.req.arrayBuffer();
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      c.set('bodyIsEmpty', text.trim() === '');
    } catch {
      throw new HttpProblem('malformed_request', 'The body is not valid UTF-8. Send JSON in UTF-8.');
    }
    return next();
  };
}

const takesJsonOnly = (route: RouteConfig | null): boolean => {
  const body = route?.request?.body;
  return body !== undefined && Object.keys(body.content).every((type) => JSON_TYPE.test(type));
};

/** For a route that takes JSON, or several parts of which one is JSON. */
export const jsonOrMultipart = (): MiddlewareHandler<AppEnv> => (c, next) => {
  if (c.req.method !== 'POST') return next();
  const type = typeOf(c.req.header('content-type'));
  if (JSON_TYPE.test(type) || type === MULTIPART) return next();
  throw new HttpProblem(
    'unsupported_content_type',
    `Send the body as JSON with "Content-Type: application/json", or with clips as ${MULTIPART}.`,
  );
};

/** For a route that browsers send a form to. */
export const formOnly = (): MiddlewareHandler<AppEnv> => (c, next) => {
  if (c.req.method !== 'POST') return next();
  const type = typeOf(c.req.header('content-type'));
  if (type === FORM || type === MULTIPART) return next();
  throw new HttpProblem(
    'unsupported_content_type',
    `Send a form with "Content-Type: ${FORM}" and the JSON in its field "request", or the JSON itself to /api/v1/search/export.`,
  );
};
