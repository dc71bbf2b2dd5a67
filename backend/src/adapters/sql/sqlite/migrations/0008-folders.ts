import type { Migration } from '../../migration.js';

/** Folders of the server that are imported from, and what became of each of their files. */
export const folders: Migration = {
  name: '0008-folders',
  sql: `
    CREATE TABLE folders (
      id TEXT PRIMARY KEY,
      path TEXT NOT NULL UNIQUE,
      watch INTEGER NOT NULL,
      recursive INTEGER NOT NULL,
      created_at TEXT NOT NULL,
      scanned_at TEXT,
      pending INTEGER NOT NULL DEFAULT 1,
      error TEXT
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE folder_files (
      folder_id TEXT NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
      path TEXT NOT NULL,
      size_bytes INTEGER NOT NULL,
      modified_ms REAL NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('imported', 'duplicate', 'rejected')),
      reason TEXT,
      sound_id TEXT,
      PRIMARY KEY (folder_id, path)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX folder_files_by_outcome ON folder_files (folder_id, outcome, path);
  `,
};
