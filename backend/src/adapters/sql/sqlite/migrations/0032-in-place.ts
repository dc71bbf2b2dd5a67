import { countedInPostgres, countedInSqlite, type SharedMigration } from '../../migration.js';

/**
 * Files that stay in their folders: which content lies where. Rows outlive their file, and even their folder, until their sound is
 * gone: that is how a file is known again.
 */
export const inPlace: SharedMigration = {
  name: '0032-in-place',
  sql: `
    ALTER TABLE folders ADD COLUMN in_place INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE folders ADD COLUMN unplugged_since TEXT;
    CREATE TABLE placed_files (
      folder_id TEXT NOT NULL,
      path TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      size_bytes INTEGER NOT NULL,
      modified_ms REAL NOT NULL,
      changed_ms REAL NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('there', 'missing', 'away', 'refused')),
      since TEXT NOT NULL,
      kept INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (folder_id, path, sha256)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX placed_files_by_content ON placed_files (sha256);
    CREATE INDEX placed_files_gone ON placed_files (since, sha256) WHERE state IN ('missing', 'away');
    CREATE INDEX folder_files_by_sound ON folder_files (sound_id);
    ${countedInSqlite('placed_files')}
    ${countedInSqlite('folders')}
  `,
  postgres: `
    ALTER TABLE folders ADD COLUMN in_place bigint NOT NULL DEFAULT 0;
    ALTER TABLE folders ADD COLUMN unplugged_since text COLLATE "C";
    CREATE TABLE placed_files (
      folder_id text COLLATE "C" NOT NULL,
      path text COLLATE "C" NOT NULL,
      sha256 text COLLATE "C" NOT NULL,
      size_bytes bigint NOT NULL,
      modified_ms double precision NOT NULL,
      changed_ms double precision NOT NULL,
      state text COLLATE "C" NOT NULL CHECK (state IN ('there', 'missing', 'away', 'refused')),
      since text COLLATE "C" NOT NULL,
      kept bigint NOT NULL DEFAULT 0,
      PRIMARY KEY (folder_id, path, sha256)
    );
    CREATE INDEX placed_files_by_content ON placed_files (sha256);
    CREATE INDEX placed_files_gone ON placed_files (since, sha256) WHERE state IN ('missing', 'away');
    CREATE INDEX folder_files_by_sound ON folder_files (sound_id);
    ${countedInPostgres('placed_files')}
    ${countedInPostgres('folders')}
  `,
};
