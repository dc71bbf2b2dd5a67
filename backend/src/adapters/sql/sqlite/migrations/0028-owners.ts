import { countedInPostgres, countedInSqlite, type SharedMigration } from '../../migration.js';

/**
 * Whose sounds and collections are, and who else sees them. What is there already is the first account's, and everybody's to see.
 * The same bytes may be there for several owners, and names of collections may be taken by something that is not to be seen:
 * neither is unique any more. A folder's rule says how what its owner adds to it is kept.
 */
export const owners: SharedMigration = {
  name: '0028-owners',
  loosens: [
    { table: 'sounds', column: 'sha256' },
    { table: 'collections', column: 'name_folded' },
  ],
  sql: `
    ALTER TABLE sounds ADD COLUMN owner_id TEXT NOT NULL DEFAULT 'local';
    ALTER TABLE sounds ADD COLUMN visibility TEXT NOT NULL DEFAULT 'public'
      CHECK (visibility IN ('private', 'shared', 'public'));
    CREATE INDEX sounds_by_bytes ON sounds (sha256);
    CREATE INDEX sounds_by_owner ON sounds (owner_id, sound_key);
    CREATE INDEX sounds_not_public ON sounds (owner_id, sound_key) WHERE visibility <> 'public';
    CREATE TABLE sound_shares (
      sound_key INTEGER NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      PRIMARY KEY (user_id, sound_key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sound_shares_by_sound ON sound_shares (sound_key);
    ${countedInSqlite('sound_shares')}

    ALTER TABLE collections ADD COLUMN owner_id TEXT NOT NULL DEFAULT 'local';
    ALTER TABLE collections ADD COLUMN visibility TEXT NOT NULL DEFAULT 'public'
      CHECK (visibility IN ('private', 'shared', 'public'));
    CREATE INDEX collections_by_name ON collections (name_folded, collection_key);
    CREATE TABLE collection_shares (
      collection_key INTEGER NOT NULL REFERENCES collections (collection_key) ON DELETE CASCADE,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      PRIMARY KEY (user_id, collection_key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX collection_shares_by_collection ON collection_shares (collection_key);
    ${countedInSqlite('collection_shares')}

    ALTER TABLE search_log ADD COLUMN owner_id TEXT NOT NULL DEFAULT 'local';
    ALTER TABLE play_log ADD COLUMN owner_id TEXT NOT NULL DEFAULT 'local';

    CREATE TABLE folder_rules (
      id TEXT PRIMARY KEY,
      owner_id TEXT NOT NULL,
      folder TEXT NOT NULL,
      visibility TEXT NOT NULL CHECK (visibility IN ('private', 'shared', 'public')),
      people TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      UNIQUE (owner_id, folder)
    ) STRICT;
  `,
  postgres: `
    ALTER TABLE sounds DROP CONSTRAINT sounds_sha256_key;
    ALTER TABLE sounds ADD COLUMN owner_id text COLLATE "C" NOT NULL DEFAULT 'local';
    ALTER TABLE sounds ADD COLUMN visibility text COLLATE "C" NOT NULL DEFAULT 'public'
      CHECK (visibility IN ('private', 'shared', 'public'));
    CREATE INDEX sounds_by_bytes ON sounds (sha256);
    CREATE INDEX sounds_by_owner ON sounds (owner_id, sound_key);
    CREATE INDEX sounds_not_public ON sounds (owner_id, sound_key) WHERE visibility <> 'public';
    CREATE TABLE sound_shares (
      sound_key bigint NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      user_id text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      PRIMARY KEY (user_id, sound_key)
    );
    CREATE INDEX sound_shares_by_sound ON sound_shares (sound_key);
    ${countedInPostgres('sound_shares')}

    ALTER TABLE collections DROP CONSTRAINT collections_name_folded_key;
    ALTER TABLE collections ADD COLUMN owner_id text COLLATE "C" NOT NULL DEFAULT 'local';
    ALTER TABLE collections ADD COLUMN visibility text COLLATE "C" NOT NULL DEFAULT 'public'
      CHECK (visibility IN ('private', 'shared', 'public'));
    CREATE INDEX collections_by_name ON collections (name_folded, collection_key);
    CREATE TABLE collection_shares (
      collection_key bigint NOT NULL REFERENCES collections (collection_key) ON DELETE CASCADE,
      user_id text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      PRIMARY KEY (user_id, collection_key)
    );
    CREATE INDEX collection_shares_by_collection ON collection_shares (collection_key);
    ${countedInPostgres('collection_shares')}

    ALTER TABLE search_log ADD COLUMN owner_id text COLLATE "C" NOT NULL DEFAULT 'local';
    ALTER TABLE play_log ADD COLUMN owner_id text COLLATE "C" NOT NULL DEFAULT 'local';

    CREATE TABLE folder_rules (
      id text COLLATE "C" PRIMARY KEY,
      owner_id text COLLATE "C" NOT NULL,
      folder text COLLATE "C" NOT NULL,
      visibility text COLLATE "C" NOT NULL CHECK (visibility IN ('private', 'shared', 'public')),
      people text COLLATE "C" NOT NULL,
      updated_at text COLLATE "C" NOT NULL,
      UNIQUE (owner_id, folder)
    );
  `,
};
