import { HttpProblem } from './problem.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws HttpProblem 404 for what cannot be an id, so that a mistyped address says so */
export function known(id: string): string {
  if (UUID.test(id)) return id.toLowerCase();
  throw new HttpProblem(
    'not_found',
    'That is not the id of a sound. Ids look like 0193f1f0-7f4e-7a53-9a2f-2f3c1a2b3c4d.',
  );
}
