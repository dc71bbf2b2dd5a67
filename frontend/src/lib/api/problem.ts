import type { Reason } from './types';

/** A refusal by the server, already in words for people (RFC 9457). */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId: string | null,
    readonly fields: { path: string; message: string }[] = [],
    /** Why, for other languages. */
    readonly reasons: readonly Reason[] = [],
  ) {
    super(message);
  }
}

/** The server did not answer at all: it is down, restarting, or this device is offline. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const fieldErrors = (value: unknown): { path: string; message: string }[] =>
  Array.isArray(value)
    ? value.filter(isRecord).map((entry) => ({
        path: typeof entry['path'] === 'string' ? entry['path'] : '',
        message: typeof entry['message'] === 'string' ? entry['message'] : '',
      }))
    : [];

const reasonsIn = (value: unknown): Reason[] =>
  Array.isArray(value) ? value.filter((entry): entry is Reason => isRecord(entry) && isRecord(entry['params'])) : [];

/**
 * Turns the body of a failed answer into an error. Proxies answer with HTML or nothing when the backend is down: those
 * statuses count as unreachable.
 */
export function problemFrom(status: number, body: unknown): ApiError | UnreachableError {
  if (isRecord(body) && ('code' in body || 'title' in body)) {
    const text = body['detail'] ?? body['title'];
    const requestId = body['requestId'];
    return new ApiError(
      status,
      typeof body['code'] === 'string' ? body['code'] : 'internal',
      typeof text === 'string' && text ? text : `The server answered with status ${status}.`,
      typeof requestId === 'string' ? requestId : null,
      fieldErrors(body['errors']),
      reasonsIn(body['reasons']),
    );
  }
  if (status === 0 || status === 502 || status === 503 || status === 504) return new UnreachableError();
  return new ApiError(status, 'internal', `The server answered with status ${status}.`, null);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';
