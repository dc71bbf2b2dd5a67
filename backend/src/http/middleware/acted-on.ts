import type { Context } from 'hono';
import type { Deed } from '../../domain/audit/audit.types.js';
import type { AppEnv } from '../deps.js';

/** What was refused was not read yet; so much of it is, for the record. */
const READ_BYTES = 1024 * 1024;
const SHOWN_ID = 200;
const JSON_TYPE = /^application\/json\b/i;
/** Members of requests that name things: `id`, `ids`, `soundId`, `soundIds`, … */
const NAMES = /^(?:ids?|[a-z]+Ids?)$/;
/** Members of answers with the ids of what it was done to; those without were not there. */
const DONE = ['deleted', 'restored', 'added', 'removed'] as const;
/** Members of answers with an entry for each thing, which has its id. */
const ENTRIES = ['uploads', 'jobs'] as const;
/** Members of answers that say to how many it was done, where they do not say to which. */
const COUNTS = ['deleted', 'changed', 'ended', 'tagged', 'waiting', 'searches', 'plays'] as const;

type Fields = Readonly<Record<string, unknown>>;

/** What a request was about, by the ids in its path, in its body and, for what was made or done to all, in its answer. */
export async function actedOn(c: Context<AppEnv>): Promise<Pick<Deed, 'subject' | 'subjects' | 'count'>> {
  const [subject = null] = Object.values<string>(c.req.param()).map((id) => id.slice(0, SHOWN_ID));
  const asked = await askedIn(c);
  // What is taken along is answered with all of it, and names nothing.
  const isTold = c.res.ok && c.req.method !== 'GET';
  const answer = isTold ? await fieldsOf(() => c.res.clone(), c.res.headers.get('content-type')) : null;
  const named = Object.entries(asked ?? {}).flatMap(([name, value]) => (NAMES.test(name) ? textsOf(value) : []));
  const done = DONE.find((name) => Array.isArray(answer?.[name]));
  const ids = unique((done && textsOf(answer?.[done])) ?? []);
  const made = subject === null && named.length === 0 ? madeIn(answer ?? {}) : [];
  const counted = COUNTS.map((name) => answer?.[name]).filter((value) => typeof value === 'number');
  const things = unique(ids.length > 0 ? ids : named.length > 0 ? named : made);
  // Of what was asked for nothing was there.
  if (done && ids.length === 0) return { subject, subjects: things, count: 0 };
  if (things.length === 1 && subject === null) return { subject: things[0]!, subjects: [], count: 1 };
  if (things.length > 0) return { subject, subjects: things, count: things.length };
  if (subject === null && counted.length > 0) return { subject, subjects: [], count: counted.reduce((a, b) => a + b) };
  return { subject, subjects: [], count: subject === null ? 0 : 1 };
}

/** The body as it was read for the route; where it was refused before that, as it is. */
async function askedIn(c: Context<AppEnv>): Promise<Fields | null> {
  const read = c.req.valid('json' as never) as unknown;
  if (read !== undefined) return isFields(read) ? read : null;
  const length = Number(c.req.header('content-length') ?? NaN);
  if (!(length <= READ_BYTES)) return null;
  return fieldsOf(() => c.req, c.req.header('content-type') ?? null);
}

async function fieldsOf(open: () => { json(): Promise<unknown> }, type: string | null): Promise<Fields | null> {
  if (!JSON_TYPE.test(type ?? '')) return null;
  const value: unknown = await open()
    .json()
    .catch(() => null);
  return isFields(value) ? value : null;
}

function madeIn(answer: Fields): string[] {
  const entries = ENTRIES.flatMap((name) => (Array.isArray(answer[name]) ? (answer[name] as unknown[]) : []));
  const things = [answer, answer['user'], ...entries].filter(isFields);
  return things.flatMap((thing) => textsOf(thing['soundId'] ?? thing['id']));
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value])
    .filter((one): one is string => typeof one === 'string' && one !== '')
    .map((one) => one.slice(0, SHOWN_ID));
const unique = (values: readonly string[]): string[] => [...new Set(values)];
