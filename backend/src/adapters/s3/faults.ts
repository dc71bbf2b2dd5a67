import { DomainError } from '../../domain/errors.js';
import { because, type Reason } from '../../domain/reasons.js';
import { missingFile, storageError } from '../reception.js';

export type Fault = 'missing' | 'keyless' | 'refused' | 'away' | 'other';

/** What may be over in a moment: the network, a restart, too many requests. */
const AWAY =
  /^(?:E(?:CONNREFUSED|CONNRESET|CONNABORTED|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN|NOTFOUND)|TimeoutError|RequestTimeout|SlowDown|ServiceUnavailable|InternalError|ThrottlingException)$/;
const RETRY_AFTER_S = 5;

/** What kind of failure an error of the client is. */
export function faultOf(error: unknown): Fault {
  const { name, code, message, $metadata } = error as Error & {
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? 0;
  if (/CredentialsProviderError|CredentialsError/.test(name)) return 'keyless';
  if (AWAY.test(code ?? '') || AWAY.test(name) || status >= 500 || status === 429 || message === 'aborted')
    return 'away';
  if (status === 404) return 'missing';
  if (status === 401 || status === 403) return 'refused';
  return 'other';
}

/** @returns the error itself, or what it means for people */
export function meaningOf(error: unknown): unknown {
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  if (error.name === 'NoSuchBucket') return passing(because('storage_bucket_missing'), error);
  switch (faultOf(error)) {
    case 'missing':
      return missingFile(error);
    case 'keyless':
    case 'refused':
      return passing(because('storage_refused'), error);
    case 'away':
      return passing(because('storage_away'), error);
    case 'other':
      return storageError(error);
  }
}

export const isAway = (error: unknown): boolean => error instanceof DomainError && error.code === 'busy';

const passing = (reason: Reason, cause: unknown): DomainError =>
  new DomainError('busy', reason, { cause, transient: true, retryAfterS: RETRY_AFTER_S });
