import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { AppEnv } from '../deps.js';
import { HttpProblem } from '../problem.js';
import { because } from '../../domain/reasons.js';

const KILOBYTE = 1024;
/** What a request may bring that holds a few fields. */
const SMALL_BYTES = 64 * KILOBYTE;
/** Lists of up to 10,000 ids, and the words of a vocabulary. */
const LISTS_BYTES = 1024 * KILOBYTE;

/** Vectors of the longest recordings. */
const RESULT_BYTES = 256 * 1024 * KILOBYTE;
const RESULT = /^\/api\/v1\/remote\/jobs\/[^/]+\/result$/;

const WITH_LISTS = [
  /^\/api\/v1\/audio\/(?:files(?:\/[\w-]+)*|process|status)$/,
  /^\/api\/v1\/ratings$/,
  /^\/api\/v1\/bin(?:\/[\w-]+)*$/,
  /^\/api\/v1\/collections\/[^/]+\/[\w-]+(?:\/[\w-]+)*$/,
  /^\/api\/v1\/search\/(?:advanced|export|export\/form)$/,
  /^\/api\/v1\/tags\/[\w-]+$/,
];
/** Multipart bodies of these are read part by part, and each file has a limit of its own. */
const STREAMED = new Set(['/api/v1/audio/upload', '/api/v1/search/clips', '/api/v1/search/advanced']);
/** These take nothing else, and say so before they read anything. */
const ONLY_STREAMED = new Set(['/api/v1/audio/upload', '/api/v1/search/clips']);

/** Refuses bodies that are larger than the route can have a use for, before they are in memory, and packed ones. */
export function bodyLimits(): MiddlewareHandler<AppEnv> {
  const small = limit(SMALL_BYTES);
  const lists = limit(LISTS_BYTES);
  const result = limit(RESULT_BYTES);
  return (c, next) => {
    const { path } = c.req;
    const packed = c.req.header('content-encoding')?.trim().toLowerCase() ?? '';
    if (packed !== '' && packed !== 'identity') {
      throw new HttpProblem(
        'unsupported_content_type',
        'Send the body as it is, without Content-Encoding: bodies that are compressed are not unpacked here.',
        { headers: { 'accept-encoding': 'identity' } },
      );
    }
    const streamed = c.req.header('content-type')?.trimStart().toLowerCase().startsWith('multipart/');
    if ((streamed && STREAMED.has(path)) || (ONLY_STREAMED.has(path) && c.req.method === 'POST')) return next();
    if (RESULT.test(path)) return result(c, next);
    return WITH_LISTS.some((pattern) => pattern.test(path)) ? lists(c, next) : small(c, next);
  };
}

const limit = (maxSize: number): MiddlewareHandler =>
  bodyLimit({
    maxSize,
    onError: () => {
      const detail = because('body_too_large', { limitKB: maxSize / KILOBYTE });
      throw new HttpProblem('too_large', detail);
    },
  });
