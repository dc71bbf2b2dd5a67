import type { Migration } from '../../migration.js';

/**
 * Lists of sounds that a person puts together, in an order of their own. Positions only grow along the list; all
 * are written anew when the list changes. The two indexes serve the library's sorting by artist and by key.
 */
export const collections: Migration = {
  name: '0007-collections',
  sql: `
    CREATE TABLE collections (
      collection_key INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      name_folded TEXT NOT NULL UNIQUE,
      description TEXT,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE collection_sounds (
      collection_key INTEGER NOT NULL REFERENCES collections (collection_key) ON DELETE CASCADE,
      sound_key INTEGER NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      PRIMARY KEY (collection_key, sound_key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX collection_sounds_in_order ON collection_sounds (collection_key, position);
    CREATE INDEX collection_sounds_by_sound ON collection_sounds (sound_key);

    CREATE INDEX sounds_by_artist_in_order ON sounds (artist_folded, sound_key);
    CREATE INDEX sounds_by_key_in_order ON sounds (key_folded, sound_key);
    DROP INDEX sounds_by_artist;
  `,
};
