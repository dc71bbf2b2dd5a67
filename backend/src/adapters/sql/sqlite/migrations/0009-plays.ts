import type { Migration } from '../../migration.js';

/** What was listened to and when, beside the log of searches; gone with the sound. The last index counts what was added when. */
export const plays: Migration = {
  name: '0009-plays',
  sql: `
    CREATE TABLE play_log (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      sound_key INTEGER NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      created_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX play_log_by_sound ON play_log (sound_key, created_at);
    CREATE INDEX play_log_by_time ON play_log (created_at, sound_key);

    CREATE INDEX sounds_by_time ON sounds (created_at);
  `,
};
