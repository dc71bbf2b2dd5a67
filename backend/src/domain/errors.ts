import { because, inEnglish, state, type Reason, type Stated } from './reasons.js';

/** Every way a request or a job can fail for a reason that a person can act on. */
export type ErrorCode =
  | 'invalid_input'
  | 'unauthorized'
  | 'too_many_requests'
  | 'not_found'
  | 'forbidden'
  | 'conflict'
  | 'changed_meanwhile'
  | 'too_large'
  | 'unsupported_media'
  | 'unreadable_media'
  | 'too_long'
  | 'no_audio'
  | 'quota_exceeded'
  | 'storage_full'
  | 'model_unavailable'
  | 'download_failed'
  | 'queue_unavailable'
  | 'not_ready'
  | 'busy'
  | 'cancelled'
  | 'internal';

export interface FieldError {
  /** Dotted path of the field, e.g. `filters.minBpm`. */
  path: string;
  message: string;
}

/**
 * An error whose message is written for the person who caused or can mend it: it names the cause and the remedy and
 * never contains a file-system path. Knows nothing of HTTP; `http/problem.ts` maps codes to statuses.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  /** Why, for pages in other languages; none where only the log and the console are told. */
  readonly reasons: readonly Reason[];

  constructor(
    readonly code: ErrorCode,
    said: string | Reason | readonly Reason[],
    readonly options: { cause?: unknown; fields?: FieldError[]; transient?: boolean; retryAfterS?: number } = {},
  ) {
    const reasons = reasonsIn(said);
    super(typeof said === 'string' ? said : inEnglish(reasons), { cause: options.cause });
    this.reasons = reasons;
  }

  /** What is kept of it beside a sound or a job. */
  get stated(): Stated {
    return this.reasons.length > 0 ? state(...this.reasons) : this.message;
  }

  /** Whether trying the same thing again later can succeed (a job is then retried with backoff). */
  get transient(): boolean {
    return this.options.transient ?? false;
  }

  get fields(): FieldError[] {
    return this.options.fields ?? [];
  }
}

export const reasonsIn = (said: string | Reason | readonly Reason[]): readonly Reason[] =>
  typeof said === 'string' ? [] : 'id' in said ? [said] : said;

const FULL_CODES: ReadonlySet<unknown> = new Set(['SQLITE_FULL', 'ENOSPC', 'EDQUOT']);

/** The error of a full disk, whichever way the database or the file system says it; null for any other. */
export function asStorageFull(error: unknown): DomainError | null {
  if (error instanceof DomainError && error.code === 'storage_full') return error;
  if (!(error instanceof Error) || !('code' in error) || !FULL_CODES.has(error.code)) return null;
  return new DomainError('storage_full', because('disk_full'), { cause: error, transient: true });
}

/** What is kept of an error beside a sound or a job; of one that was written for nobody, the reason given here. */
export const statedBy = (error: unknown, otherwise: Reason): Stated =>
  error instanceof DomainError ? error.stated : state(otherwise);

/** Stopped from outside: nothing is wrong with what was worked on. */
export const isCancelled = (error: unknown): boolean => error instanceof DomainError && error.code === 'cancelled';

export const notFound = (what: string, id: string): DomainError =>
  new DomainError('not_found', because('id_unknown', { what, id }));
