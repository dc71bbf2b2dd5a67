import { z } from '@hono/zod-openapi';
import { REASONS, type ReasonId } from '../../domain/reasons.js';
import { withoutMarks } from '../../domain/library/clean-text.js';
import { isTimeZone } from '../../domain/library/days.js';

const ERROR_CODES = [
  'invalid_input',
  'malformed_request',
  'unsupported_content_type',
  'range_not_satisfiable',
  'headers_too_large',
  'unauthorized',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'conflict',
  'changed_meanwhile',
  'too_large',
  'unsupported_media',
  'unreadable_media',
  'too_long',
  'no_audio',
  'quota_exceeded',
  'storage_full',
  'model_unavailable',
  'download_failed',
  'queue_unavailable',
  'not_ready',
  'busy',
  'cancelled',
  'too_many_requests',
  'timeout',
  'internal',
] as const;

const reasonIds = Object.keys(REASONS) as [ReasonId, ...ReasonId[]];

export const reasonSchema = z
  .object({
    id: z.enum(reasonIds).openapi({ description: 'Stable name of the sentence.', example: 'sound_too_long' }),
    params: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .readonly()
      .openapi({ description: 'What is particular about this case.', example: { lengthS: 50_400, limitS: 43_200 } }),
  })
  .openapi('Reason', { description: 'Why something did not work, for programs: one sentence of the text beside it.' });

/** Beside a text that tells people why something did not work. */
export const reasonsSchema = z.array(reasonSchema).openapi({
  description: 'The sentences of the text beside it, for programs and for other languages. Empty where there are none.',
});

export const problemSchema = z
  .object({
    type: z
      .string()
      .openapi({ description: 'URN of the kind of problem.', example: 'urn:traum-engine:problem:not_found' }),
    title: z.string().openapi({ description: 'Short name of the kind of problem.', example: 'Not found' }),
    status: z.int().openapi({ description: 'HTTP status, repeated.', example: 404 }),
    detail: z.string().openapi({ description: 'What went wrong here and how to mend it, for people.' }),
    code: z.enum(ERROR_CODES).openapi({ description: 'Stable name of the kind of problem, for programs.' }),
    reasons: reasonsSchema.optional(),
    requestId: z.string().openapi({ description: 'Find this request in the log by it.' }),
    errors: z
      .array(z.object({ path: z.string().openapi({ example: 'filters.minBpm' }), message: z.string() }))
      .optional()
      .openapi({ description: 'One entry for each field that is wrong.' }),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details.' });

export type ProblemCode = (typeof ERROR_CODES)[number];

const PROBLEM_TEXT: Record<number, string> = {
  400: 'The request cannot be understood.',
  401: 'Nobody is signed in, or the token or key is good for nothing (any more).',
  403: 'The request comes from a page of another site, or lacks the right that `x-right` names.',
  404: 'No such thing.',
  409: 'Not possible in the present state.',
  408: 'The body of the request came too slowly.',
  412: 'It was changed meanwhile, so nothing was written; `errors` names the fields, where they are known.',
  413: 'Too large.',
  415: 'The body has a content type that is not accepted here.',
  416: 'The range lies outside the file.',
  422: 'Something in the request is wrong; `errors` names each field.',
  429: 'Too many of them, or too many requests in a minute; `Retry-After` says when to try again.',
  500: 'A fault in the server; the log has it under the request id.',
  503: 'A part is not available at the moment; `Retry-After` says when to try again.',
  507: 'The disk of the server is full.',
};

/** OpenAPI responses for these error statuses, all as problem+json. */
export function problems<S extends number>(...statuses: S[]) {
  const responses: Record<
    string,
    { description: string; content: { 'application/problem+json': { schema: typeof problemSchema } } }
  > = {};
  for (const status of [...statuses, 500]) {
    responses[status] = {
      description: PROBLEM_TEXT[status] ?? 'Error.',
      content: { 'application/problem+json': { schema: problemSchema } },
    };
  }
  return responses;
}

/** Query parameters arrive as text; an empty one counts as absent, so that plain HTML forms work. */
const blankIsAbsent = (value: unknown): unknown => (value === '' ? undefined : value);
const toNumber = (value: unknown): unknown =>
  typeof value === 'string' ? (value.trim() === '' ? undefined : Number(value)) : value;
const toList = (value: unknown): unknown => {
  const list = (Array.isArray(value) ? value : [value]).filter((item) => item !== undefined && item !== '');
  return list.length === 0 ? undefined : list;
};

export const queryNumber = <T extends z.ZodType>(schema: T) => z.preprocess(toNumber, schema);
export const queryText = <T extends z.ZodType>(schema: T) => z.preprocess(blankIsAbsent, schema);
export const queryList = <T extends z.ZodType>(schema: T) => z.preprocess(toList, schema);

/** What is looked for. NUL and its like are left out, so that a text of nothing else is an empty one. */
export const lookedFor = (max: number) => z.string().overwrite(withoutMarks).trim().max(max);

const MS_A_DAY = 86_400_000;
/** All times are written with four figures for the year, and compared as text. */
const hasPlainYear = (text: string): boolean => {
  const time = new Date(text);
  // What is no time at all is told of as such.
  return Number.isNaN(time.getTime()) || /^\d{4}-/.test(time.toISOString());
};
const plainYear = { error: 'must lie in the years 0000 to 9999, in UTC' };

/** A time with its offset; output: ISO 8601 UTC. */
export const instant = z.iso
  .datetime({ offset: true })
  .refine(hasPlainYear, plainYear)
  .transform((text) => new Date(text).toISOString());

/** When something stops working. */
export const inFuture = instant.refine((text) => Date.parse(text) > Date.now(), { error: 'must lie in the future' });

const dateOrTime = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'must be a date such as 2026-01-31 or 2026-01-31T12:00:00Z',
  })
  .refine(hasPlainYear, plainYear);

/** A moment; a bare date means its first instant (or its last, for the end of a range). Output: ISO 8601 UTC. */
export const moment = (edge: 'start' | 'end') =>
  dateOrTime.transform((text) => {
    const date = new Date(text);
    return new Date(text.length === 10 && edge === 'end' ? date.getTime() + MS_A_DAY - 1 : date).toISOString();
  });

/** A moment in UTC, or a day, which begins and ends by the time zone of the request. */
export const momentOrDay = dateOrTime.transform((text) => (text.length === 10 ? text : new Date(text).toISOString()));

const PARTIAL_DATE_ERROR = { error: 'must be a year, month or day such as 2019, 2019-03 or 2019-03-14' };
/** A year, a month or a day. */
export const PARTIAL_DATE = /^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?$/;
export const partialDate = z
  .string()
  .regex(PARTIAL_DATE, PARTIAL_DATE_ERROR)
  .refine((text) => text.length < 10 || z.iso.date().safeParse(text).success, PARTIAL_DATE_ERROR);

/** In which time zone days are meant. */
export const timeZone = z
  .string()
  .max(100)
  .refine(isTimeZone, { error: 'must be the name of a time zone such as Europe/Berlin' })
  .default('UTC')
  .openapi({
    description: 'Where days (`added:2026-01-31`, `addedAfter=2026-01-31`) begin and end: an IANA time zone.',
    example: 'Europe/Berlin',
  });

export const idParams = (what: string) =>
  z.object({
    id: z.string().openapi({ param: { name: 'id', in: 'path' }, description: `Id of ${what}.` }),
  });

export const soundIdParams = z.object({
  id: z.string().openapi({
    param: { name: 'id', in: 'path' },
    description: 'Id of a sound (UUID).',
    example: '0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d',
  }),
});

export const jobIdParams = z.object({
  jobId: z.string().openapi({
    param: { name: 'jobId', in: 'path' },
    description: 'Id of a job, from the answer to an upload.',
    example: 'ingest-0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d-1',
  }),
});

export const timestamp = (description: string) =>
  z.string().openapi({
    description: `${description} ISO 8601, UTC.`,
    format: 'date-time',
    example: '2026-11-20T12:00:00.000Z',
  });

/** Schema of a part of a multipart body or a download; streamed, so never validated by zod. */
export const binary = { type: 'string', format: 'binary' } as const;
