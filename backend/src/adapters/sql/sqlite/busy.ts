import BetterSqlite3 from 'better-sqlite3';
import { DomainError } from '../../../domain/errors.js';
import { because } from '../../../domain/reasons.js';

/** How long a write waits for others to be done; more than any write of ours takes, and than a person's patience. */
export const WRITE_PATIENCE_MS = 10_000;

export const isBusy = (error: unknown): boolean =>
  error instanceof BetterSqlite3.SqliteError && error.code.startsWith('SQLITE_BUSY');

/** @returns the error itself, or what it means for people when others write without a pause */
export function asBusy(error: unknown): unknown {
  if (!isBusy(error)) return error;
  return new DomainError('busy', because('database_busy'), { cause: error, transient: true });
}
