import type { SharedMigration } from '../../migration.js';

/** What sounds are compared by in timbre, pitch and rhythm: float32 numbers, see `domain/analysis`. Numbers only grow. */
export const descriptors: SharedMigration = {
  name: '0035-descriptors',
  sql: `
    CREATE TABLE descriptors (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      sound_key INTEGER NOT NULL UNIQUE REFERENCES sounds (sound_key) ON DELETE CASCADE,
      heard BLOB NOT NULL
    ) STRICT;
  `,
  postgres: `
    CREATE TABLE descriptors (
      number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
      sound_key bigint NOT NULL UNIQUE REFERENCES sounds (sound_key) ON DELETE CASCADE,
      heard bytea NOT NULL
    );
  `,
};
