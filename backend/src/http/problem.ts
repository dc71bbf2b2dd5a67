import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, ErrorHandler, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import { nameOf } from '../domain/accounts/actor.js';
import { asStorageFull, DomainError, type FieldError, reasonsIn } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import type { AppEnv } from './deps.js';
import type { ProblemCode } from './schemas/common.js';
import { because, inEnglish, type Reason } from '../domain/reasons.js';

/** Of what should have been JSON. */
export const emptyJson = (what: string): string => `${what} is empty. JSON is expected there.`;

/** A code always comes with the same status. */
export const STATUS_OF = {
  invalid_input: 422,
  malformed_request: 400,
  unsupported_content_type: 415,
  range_not_satisfiable: 416,
  headers_too_large: 431,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  changed_meanwhile: 412,
  too_large: 413,
  unsupported_media: 422,
  unreadable_media: 422,
  too_long: 422,
  no_audio: 422,
  quota_exceeded: 413,
  storage_full: 507,
  model_unavailable: 503,
  download_failed: 502,
  queue_unavailable: 503,
  not_ready: 503,
  busy: 503,
  cancelled: 409,
  too_many_requests: 429,
  timeout: 408,
  internal: 500,
} as const satisfies Record<ProblemCode, number>;

const TITLES: Record<ProblemCode, string> = {
  invalid_input: 'Invalid input',
  malformed_request: 'Malformed request',
  unsupported_content_type: 'Content type not accepted',
  range_not_satisfiable: 'Range outside the file',
  headers_too_large: 'Address or headers too long',
  unauthorized: 'Not signed in',
  forbidden: 'Not allowed',
  not_found: 'Not found',
  method_not_allowed: 'Method not allowed',
  conflict: 'Not possible now',
  changed_meanwhile: 'Changed meanwhile',
  too_large: 'Too large',
  unsupported_media: 'Not a supported format',
  unreadable_media: 'Not readable as audio',
  too_long: 'Too long',
  no_audio: 'No audio in it',
  quota_exceeded: 'Quota used up',
  storage_full: 'Disk full',
  model_unavailable: 'Model not available',
  download_failed: 'Download failed',
  queue_unavailable: 'Queue not available',
  not_ready: 'Not ready yet',
  busy: 'Busy',
  cancelled: 'Cancelled',
  too_many_requests: 'Too many at once',
  timeout: 'Too slow',
  internal: 'Internal error',
};

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
const RETRY_AFTER_S = '5';
const opaque = (): ProblemFacts => of('internal', because('fault_in_server'));

const of = (code: ProblemCode, reason: Reason): ProblemFacts => ({
  code,
  detail: inEnglish([reason]),
  reasons: [reason],
});

/** A problem of HTTP itself, which the domain knows nothing of. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';

  readonly reasons: readonly Reason[];

  constructor(
    readonly code: ProblemCode,
    said: string | Reason | readonly Reason[],
    readonly options: { headers?: Record<string, string>; extra?: Record<string, unknown> } = {},
  ) {
    const reasons = reasonsIn(said);
    super(typeof said === 'string' ? said : inEnglish(reasons));
    this.reasons = reasons;
  }
}

/** Input that does not fit a schema, found by a route itself. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';

  constructor(readonly issues: readonly z.core.$ZodIssue[]) {
    super('invalid input');
  }
}

export interface ProblemFacts {
  code: ProblemCode;
  detail: string;
  /** Why, for pages in other languages. */
  reasons?: readonly Reason[];
  errors?: FieldError[];
  headers?: Record<string, string>;
  /** Further members of the problem object. */
  extra?: Record<string, unknown>;
}

/** The members of a problem (RFC 9457). */
export function problemBody({ code, detail, reasons, errors, extra }: ProblemFacts, requestId: string) {
  return {
    type: `urn:traum-engine:problem:${code}`,
    title: TITLES[code],
    status: STATUS_OF[code],
    detail,
    code,
    ...(reasons && reasons.length > 0 ? { reasons } : {}),
    requestId,
    ...(errors && errors.length > 0 ? { errors } : {}),
    ...extra,
  };
}

/** Answers with problem+json. */
export function problem(c: Context<AppEnv>, facts: ProblemFacts): Response {
  const status = STATUS_OF[facts.code];
  return c.body(JSON.stringify(problemBody(facts, c.get('requestId') ?? '')), status, {
    'content-type': PROBLEM_TYPE,
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': RETRY_AFTER_S } : {}),
    ...facts.headers,
  });
}

/** Maps everything thrown to a problem; what is nobody's fault but ours is logged and shown without its cause. */
export const problemHandler =
  (logger: Log, meaningOf: (error: unknown) => unknown = (error) => error): ErrorHandler<AppEnv> =>
  (error, c) => {
    const facts = factsOf(meaningOf(error), c.get('bodyIsEmpty'));
    const status = STATUS_OF[facts.code];
    if (status >= 500) {
      const actor = c.get('actor');
      const by = actor ? { actor: nameOf(actor) } : {};
      const fields = {
        requestId: c.get('requestId'),
        ...by,
        method: c.req.method,
        path: c.req.path,
        err: error,
      };
      if (status === 500) logger.error(fields, 'request failed');
      else logger.warn(fields, 'request could not be served');
    }
    return problem(c, facts);
  };

function factsOf(error: unknown, bodyIsEmpty = false): ProblemFacts {
  if (error instanceof DomainError) {
    const { code, message: detail, reasons, fields: errors } = error;
    return { code, detail, reasons, errors, headers: headersOf(error) };
  }
  if (error instanceof HttpProblem) {
    return { code: error.code, detail: error.message, reasons: error.reasons, ...error.options };
  }
  if (error instanceof InvalidInput) return invalidInput(error.issues);
  if (error instanceof HTTPException) return factsOfHttpException(error, bodyIsEmpty);
  const full = asStorageFull(error);
  if (full) return factsOf(full);
  return opaque();
}

function headersOf({ code, options }: DomainError): Record<string, string> {
  return {
    ...(code === 'unauthorized' && { 'www-authenticate': 'Bearer realm="Traum-Engine"' }),
    ...(options.retryAfterS !== undefined && { 'retry-after': String(options.retryAfterS) }),
  };
}

/** Exceptions of Hono's own middleware: body parsing, media types, basic auth. */
function factsOfHttpException(error: HTTPException, bodyIsEmpty: boolean): ProblemFacts {
  if (error.status === 401) {
    const challenge = error.res?.headers.get('www-authenticate');
    return {
      ...of('unauthorized', because('password_needed')),
      ...(challenge ? { headers: { 'www-authenticate': challenge } } : {}),
    };
  }
  if (error.status === 413) {
    return {
      code: 'too_large',
      detail: 'The body of this request is too large. JSON bodies may have 1 MB.',
    };
  }
  if (error.status === 415) {
    return {
      code: 'unsupported_content_type',
      detail: 'Send the body as JSON with "Content-Type: application/json".',
    };
  }
  if (error.status < 500) {
    return { code: 'malformed_request', detail: bodyIsEmpty ? emptyJson('The body') : 'The body is not valid JSON.' };
  }
  return opaque();
}

/** Unknown paths of the API. */
export const unknownPath: NotFoundHandler<AppEnv> = (c) =>
  problem(c, {
    code: 'not_found',
    detail: `There is nothing at ${c.req.method} ${c.req.path.slice(0, 200)}. The API is described at /docs.`,
  });

/** Answers requests whose fields do not fit the schema. */
export const validationHook: NonNullable<OpenAPIHono<AppEnv>['defaultHook']> = (result, c) => {
  if (result.success) return undefined;
  const times = (name: string): number => (result.target === 'query' ? (c.req.queries(name)?.length ?? 0) : 0);
  return problem(c, invalidInput(result.error.issues.map((issue) => ofParameter(issue, times))));
};

/** A parameter that was given more often than it may be; nobody thinks of a list there. */
function ofParameter(issue: z.core.$ZodIssue, times: (name: string) => number): z.core.$ZodIssue {
  if (times(issue.path.join('.')) < 2) return issue;
  const isList = issue.code === 'too_big' && issue.origin === 'array';
  const message = isList ? `may be given at most ${issue.maximum} times` : 'must be given once';
  return { code: 'custom', path: issue.path, message, input: issue.input };
}

/** Describes schema violations in plain words, one entry for each field. */
function invalidInput(issues: readonly z.core.$ZodIssue[]): ProblemFacts {
  const errors = issues.flatMap(fieldErrors);
  const first = errors[0];
  const detail = first
    ? `${first.path === '' ? 'The request' : first.path} ${first.message}.`
    : 'The request is not valid.';
  return { code: 'invalid_input', detail, errors };
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is not a known field' }));
  }
  return [{ path, message: inWords(issue) }];
}

function inWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined && !('received' in issue) && /received undefined/.test(issue.message))
        return 'is required';
      return `must be ${EXPECTED[issue.expected] ?? `a ${issue.expected}`}`;
    case 'too_small':
      return issue.inclusive === false
        ? `must be more than ${issue.minimum}`
        : `must ${limit(issue.origin, issue.minimum, 'at least')}`;
    case 'too_big':
      return `must ${limit(issue.origin, issue.maximum, 'at most')}`;
    case 'invalid_format':
      return FORMATS[issue.format] ?? issue.message;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}

const FORMATS: Record<string, string> = {
  datetime: 'must be a time like 2026-11-29T18:00:00Z',
  date: 'must be a day like 2026-11-29',
};

const EXPECTED: Record<string, string> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

function limit(origin: string, bound: number | bigint, words: string): string {
  if (origin === 'string')
    return bound === 1 && words === 'at least' ? 'not be empty' : `have ${words} ${bound} characters`;
  if (origin === 'array') return `have ${words} ${bound} ${bound === 1 ? 'entry' : 'entries'}`;
  return `be ${words} ${bound}`;
}
