import { describe, expect, it } from 'vitest';
import { problemBody, STATUS_OF } from './problem.js';
import { problemSchema } from './schemas/common.js';

describe('every code of a problem', () => {
  const codes = problemSchema.shape.code.options;

  it.each(codes)('%s has one status, an error, and a document that fits the schema', (code) => {
    const body = problemBody({ code, detail: 'So it is.' }, 'request-1');
    expect(body.status).toBe(STATUS_OF[code]);
    expect(body.status).toBeGreaterThanOrEqual(400);
    expect(problemSchema.parse(body)).toEqual(body);
  });

  it('is in the table, and nothing else', () => {
    expect(Object.keys(STATUS_OF).sort()).toEqual([...codes].sort());
  });
});
