import type { Migration } from '../../migration.js';

/** How sounds sound, to know copies by, and which sounds are copies of each other. Keys of prints only grow. */
export const copies: Migration = {
  name: '0011-copies',
  sql: `
    CREATE TABLE prints (
      print_key INTEGER PRIMARY KEY AUTOINCREMENT,
      sound_key INTEGER NOT NULL UNIQUE REFERENCES sounds (sound_key) ON DELETE CASCADE,
      duration_s REAL NOT NULL,
      spectrum BLOB NOT NULL,
      frame_s REAL NOT NULL,
      levels BLOB NOT NULL
    ) STRICT;
    CREATE INDEX prints_by_duration ON prints (duration_s, print_key, spectrum);

    ALTER TABLE sounds ADD COLUMN copy_group INTEGER;
    CREATE INDEX sounds_by_copy_group ON sounds (copy_group) WHERE copy_group IS NOT NULL;
  `,
};
