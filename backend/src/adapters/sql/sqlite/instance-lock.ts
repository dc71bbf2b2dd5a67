import path from 'node:path';
import Database from 'better-sqlite3';
import { DomainError } from '../../../domain/errors.js';

export interface InstanceLock {
  release(): void;
}

/**
 * Makes sure that one instance at a time serves a data directory. The lock is SQLite's own file lock, which the operating
 * system drops with the process, so a crash never leaves a stale one behind.
 * @throws DomainError `conflict` when another instance holds it.
 */
export function acquireInstanceLock(dataDir: string): InstanceLock {
  const db = new Database(path.join(dataDir, 'instance.lock'), { timeout: 0 });
  try {
    // It holds nothing: a journal on a full disk would keep the program from starting.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
    throw new DomainError(
      'conflict',
      'Another Traum-Engine already uses this data directory. Stop it, or start this one with another DATA_DIR and PORT.',
      { cause: error },
    );
  }
  return { release: () => db.close() };
}
