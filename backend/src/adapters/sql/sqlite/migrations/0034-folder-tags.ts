import type { SharedMigration } from '../../migration.js';

/** Rules: which tags all that comes from a folder, or from below it, gets. */
export const folderTags: SharedMigration = {
  name: '0034-folder-tags',
  sql: `
    CREATE TABLE folder_tags (
      folder_folded TEXT PRIMARY KEY,
      folder TEXT NOT NULL,
      tags TEXT NOT NULL,
      updated_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
  postgres: `
    CREATE TABLE folder_tags (
      folder_folded text COLLATE "C" PRIMARY KEY,
      folder text COLLATE "C" NOT NULL,
      tags text COLLATE "C" NOT NULL,
      updated_at text COLLATE "C" NOT NULL
    );
  `,
};
