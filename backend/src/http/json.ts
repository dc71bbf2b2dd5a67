import { HttpProblem } from './problem.js';

/** @throws HttpProblem 400, naming what was to be JSON */
export function parseJson(text: string, what = 'The body'): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem(400, 'malformed_request', `${what} is not valid JSON.`);
  }
}
