import { countedInPostgres, countedInSqlite, type SharedMigration } from '../../migration.js';

/** All before the last slash, without it; and what comes after it. */
const parent = (path: string): string => `rtrim(rtrim(${path}, replace(${path}, '/', '')), '/')`;
const last = (path: string): string => `substr(${path}, length(rtrim(${path}, replace(${path}, '/', ''))) + 1)`;

/** An imported folder is called by its own name; what lies in it keeps its place there. */
const FOLDER = `trim(${last("rtrim(folders.path, '/')")} || '/' || ${parent('folder_files.path')}, '/')`;
const FILENAME = last('folder_files.path');

/**
 * Where each sound came from: the folder that was dropped or imported, with the folders above the file. The same bytes may have
 * come from several places. What was imported before is known by its path.
 */
export const origins: SharedMigration = {
  name: '0026-origins',
  sql: `
    CREATE TABLE origins (
      id TEXT PRIMARY KEY,
      sound_key INTEGER NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      folder TEXT NOT NULL,
      folder_folded TEXT NOT NULL,
      filename TEXT NOT NULL,
      created_at TEXT NOT NULL,
      UNIQUE (sound_key, folder, filename)
    ) STRICT;
    CREATE INDEX origins_by_folder ON origins (folder_folded, sound_key);
    ${countedInSqlite('origins')}
    INSERT INTO origins (id, sound_key, folder, folder_folded, filename, created_at)
      SELECT lower(hex(randomblob(16))), sounds.sound_key, place.folder, lower(place.folder), place.filename, sounds.created_at
      FROM (SELECT sound_id, ${FOLDER} AS folder, ${FILENAME} AS filename
            FROM folder_files JOIN folders ON folders.id = folder_files.folder_id) AS place
      JOIN sounds ON sounds.id = place.sound_id WHERE place.folder <> ''
      ON CONFLICT DO NOTHING;
  `,
  postgres: `
    CREATE TABLE origins (
      id text COLLATE "C" PRIMARY KEY,
      sound_key bigint NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      folder text COLLATE "C" NOT NULL,
      folder_folded text COLLATE "C" NOT NULL,
      filename text COLLATE "C" NOT NULL,
      created_at text COLLATE "C" NOT NULL,
      UNIQUE (sound_key, folder, filename)
    );
    CREATE INDEX origins_by_folder ON origins (folder_folded, sound_key);
    ${countedInPostgres('origins')}
    INSERT INTO origins (id, sound_key, folder, folder_folded, filename, created_at)
      SELECT gen_random_uuid()::text, sounds.sound_key, place.folder, lower(place.folder), place.filename, sounds.created_at
      FROM (SELECT sound_id, ${FOLDER} AS folder, ${FILENAME} AS filename
            FROM folder_files JOIN folders ON folders.id = folder_files.folder_id) AS place
      JOIN sounds ON sounds.id = place.sound_id WHERE place.folder <> ''
      ON CONFLICT DO NOTHING;
  `,
};
