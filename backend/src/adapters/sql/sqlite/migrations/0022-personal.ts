import { countedInPostgres, countedInSqlite, type SharedMigration } from '../../migration.js';

/**
 * What people keep for themselves: favourites, stars and saved searches. Favourites and stars are filtered by, so that their
 * changes count as changes of what a search may answer with.
 */
export const personal: SharedMigration = {
  name: '0022-personal',
  sql: `
    CREATE TABLE ratings (
      id TEXT PRIMARY KEY,
      owner TEXT NOT NULL,
      sound_key INTEGER NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      favourite INTEGER NOT NULL,
      stars INTEGER CHECK (stars BETWEEN 1 AND 5),
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      UNIQUE (owner, sound_key)
    ) STRICT;
    CREATE INDEX ratings_by_sound ON ratings (sound_key);
    ${countedInSqlite('ratings')}

    CREATE TABLE saved_searches (
      id TEXT PRIMARY KEY,
      owner TEXT NOT NULL,
      name TEXT NOT NULL,
      query TEXT NOT NULL,
      mode TEXT NOT NULL,
      seen_at TEXT NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      UNIQUE (owner, query, mode)
    ) STRICT;
  `,
  postgres: `
    CREATE TABLE ratings (
      id text COLLATE "C" PRIMARY KEY,
      owner text COLLATE "C" NOT NULL,
      sound_key bigint NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      favourite integer NOT NULL,
      stars integer CHECK (stars BETWEEN 1 AND 5),
      created_at text COLLATE "C" NOT NULL,
      updated_at text COLLATE "C" NOT NULL,
      UNIQUE (owner, sound_key)
    );
    CREATE INDEX ratings_by_sound ON ratings (sound_key);
    ${countedInPostgres('ratings')}

    CREATE TABLE saved_searches (
      id text COLLATE "C" PRIMARY KEY,
      owner text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      query text COLLATE "C" NOT NULL,
      mode text COLLATE "C" NOT NULL,
      seen_at text COLLATE "C" NOT NULL,
      created_at text COLLATE "C" NOT NULL,
      updated_at text COLLATE "C" NOT NULL,
      UNIQUE (owner, query, mode)
    );
  `,
};
