import { mkdirSync } from 'node:fs';
import path from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { DomainError } from '../../../domain/errors.js';
import { isBusy } from './busy.js';
import { loosen } from './loosen.js';
import { migrations } from './migrations/index.js';

export type Database = BetterSqlite3.Database;

const BUSY_TIMEOUT_MS = 5000;
/** Readers wait for nobody but a process that repairs the log after a crash. */
const READ_TIMEOUT_MS = 250;
/** Two kilobytes of vector per segment: pages of 8 KB hold three, pages of 4 KB would waste half of each. */
const PAGE_SIZE_BYTES = 8192;

/**
 * Opens (and creates or upgrades) the library's database. Several processes may do so at the same time.
 * @throws DomainError `conflict` when the database was made by a newer version of the program.
 */
export function openDatabase(file: string): Database {
  mkdirSync(path.dirname(file), { recursive: true });
  const db = new BetterSqlite3(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma(`page_size = ${PAGE_SIZE_BYTES}`);
    // Free pages can then be given back little by little. Only a new database takes this on.
    db.pragma('auto_vacuum = INCREMENTAL');
    useWriteAheadLog(db);
    db.pragma('synchronous = NORMAL');
    db.pragma('foreign_keys = ON');
    db.pragma('cache_size = -32000');
    migrate(db);
    keepStatements(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Switching to the log needs the file for itself and fails at once, without waiting, when another process is at it. */
function useWriteAheadLog(db: Database): void {
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      db.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** From now on the connection only reads, and hardly ever waits: it serves a thread that must not be held up. */
export function onlyRead(db: Database): void {
  db.pragma('query_only = ON');
  db.pragma(`busy_timeout = ${READ_TIMEOUT_MS}`);
}

const MAX_KEPT_STATEMENTS = 500;

/** Preparing a statement costs more than running most of them: each is kept, by its text, and used in one way only. */
function keepStatements(db: Database): void {
  const prepare = db.prepare.bind(db) as (sql: string) => BetterSqlite3.Statement;
  const kept = new Map<string, BetterSqlite3.Statement>();
  db.prepare = ((sql: string) => {
    let statement = kept.get(sql);
    if (!statement) {
      if (kept.size === MAX_KEPT_STATEMENTS) kept.clear();
      statement = prepare(sql);
      kept.set(sql, statement);
    }
    return statement;
  }) as Database['prepare'];
}

const versionOf = (db: Database): number => db.pragma('user_version', { simple: true }) as number;

function migrate(db: Database): void {
  const known = migrations.length;
  const found = versionOf(db);
  if (found > known) {
    throw new DomainError(
      'conflict',
      `This library was made by a newer version of Traum-Engine (database version ${found}, this program knows ${known}). ` +
        'Update Traum-Engine, or point DATA_DIR at another folder.',
    );
  }
  for (const [position, migration] of migrations.entries()) {
    // A library of this version is opened without a lock: others may be writing.
    if (found > position) continue;
    // Counts for nothing inside of a transaction.
    db.pragma(`foreign_keys = ${migration.loosens ? 'OFF' : 'ON'}`);
    db.transaction(() => {
      // Read again inside the lock: another process may have been faster.
      if (versionOf(db) > position) return;
      for (const column of migration.loosens ?? []) loosen(db, column);
      db.exec(migration.sql);
      db.pragma(`user_version = ${position + 1}`);
    }).exclusive();
    db.pragma('foreign_keys = ON');
  }
}
