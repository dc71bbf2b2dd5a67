import BetterSqlite3 from 'better-sqlite3';
import type { DatabaseContents, KnownFile } from '../../../domain/backups/backups.ports.js';
import { migrations } from './migrations/index.js';

/** What a copy of the database says about itself, of whatever version it is. Nothing in it changes. */
export function contentsOf(file: string): DatabaseContents {
  return reading(file, (db) => {
    const all = db
      .prepare<[], KnownFile>(
        'SELECT sha256, max(size_bytes) AS sizeBytes FROM sounds GROUP BY sha256 ORDER BY min(sound_key)',
      )
      .all();
    const elsewhere = new Set(
      hasTable(db, 'placed_files')
        ? db
            .prepare<[], string>(
              "SELECT sha256 FROM placed_files WHERE state <> 'refused' GROUP BY sha256 HAVING max(kept) = 0",
            )
            .pluck()
            .all()
        : [],
    );
    const files = all.filter(({ sha256 }) => !elsewhere.has(sha256));
    const model = hasTable(db, 'settings')
      ? db.prepare<[], string>("SELECT value FROM settings WHERE name = 'model.active.id'").pluck().get()
      : undefined;
    return {
      databaseVersion: db.pragma('user_version', { simple: true }) as number,
      model: model ?? null,
      files,
      inPlace: all.length - files.length,
    };
  });
}

/** How many steps this program migrates a database by. */
export const DATABASE_VERSION = migrations.length;

/** Whether a living program uses the database: they say so every few seconds. */
export function isInUse(file: string): boolean {
  return reading(file, (db) => {
    if (!hasTable(db, 'leases')) return false;
    const now = new Date().toISOString();
    return db.prepare('SELECT 1 FROM leases WHERE held_until > ?').get(now) !== undefined;
  });
}

/**
 * Ends all sessions in a copy: tokens that were used up since it was made would be good again.
 * @returns whether people have accounts there
 */
export function signEverybodyOut(file: string): boolean {
  const db = new BetterSqlite3(file, { fileMustExist: true });
  try {
    if (!hasTable(db, 'users')) return false;
    db.exec('DELETE FROM sessions');
    return db.prepare('SELECT 1 FROM users').get() !== undefined;
  } finally {
    db.close();
  }
}

function reading<T>(file: string, read: (db: BetterSqlite3.Database) => T): T {
  const db = new BetterSqlite3(file, { readonly: true, fileMustExist: true });
  try {
    return read(db);
  } finally {
    db.close();
  }
}

const hasTable = (db: BetterSqlite3.Database, name: string): boolean =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;
