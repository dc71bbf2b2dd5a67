import type { Context, TypedResponse } from 'hono';
import type { JSONParsed } from 'hono/utils/types';
import { emptyJson, HttpProblem } from './problem.js';

/** @throws HttpProblem 400, naming what was to be JSON */
export function parseJson(text: string, what = 'The body'): unknown {
  if (text.trim() === '') throw new HttpProblem('malformed_request', emptyJson(what));
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem('malformed_request', `${what} is not valid JSON.`);
  }
}

/** Answers with JSON that was written before, as `c.json` would. */
export const jsonText = <T>(c: Context, text: string): Response & TypedResponse<JSONParsed<T>, 200, 'json'> =>
  c.body(text, 200, { 'content-type': 'application/json' }) as never;
