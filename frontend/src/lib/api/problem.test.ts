import { describe, expect, it } from 'vitest';
import { ApiError, UnreachableError, problemFrom } from './problem';

describe('a failed answer', () => {
  it('keeps the words, the request id and the fields of problem+json', () => {
    const error = problemFrom(422, {
      code: 'invalid_input',
      title: 'Invalid',
      detail: 'The key is no key.',
      requestId: 'r-1',
      errors: [{ path: 'key', message: 'must be a musical key' }],
    });
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 422,
      code: 'invalid_input',
      message: 'The key is no key.',
      requestId: 'r-1',
      fields: [{ path: 'key', message: 'must be a musical key' }],
    });
  });

  it('of a proxy without a server behind it counts as unreachable', () => {
    expect(problemFrom(502, '<html>Bad gateway</html>')).toBeInstanceOf(UnreachableError);
    expect(problemFrom(503, { code: 'model_unavailable', title: 'Not ready' })).toBeInstanceOf(ApiError);
  });
});
