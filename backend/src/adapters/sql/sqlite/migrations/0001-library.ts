import type { Migration } from '../../migration.js';

/**
 * Columns ending in `_folded` hold the text in lower case without accents, for comparing and sorting (SQLite's own NOCASE
 * knows ASCII only). `edited` lists the fields a person has set: processing the file anew leaves those alone.
 */
export const library: Migration = {
  name: '0001-library',
  sql: `
    CREATE TABLE sounds (
      sound_key INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      sha256 TEXT NOT NULL UNIQUE,
      generation INTEGER NOT NULL DEFAULT 1,
      filename TEXT NOT NULL,
      extension TEXT NOT NULL,
      size_bytes INTEGER NOT NULL,
      status TEXT NOT NULL DEFAULT 'processing' CHECK (status IN ('processing', 'ready', 'failed')),
      error TEXT,
      duration_s REAL,
      sample_rate_hz INTEGER,
      channels INTEGER,
      codec TEXT,
      bit_rate_kbps REAL,
      title TEXT,
      artist TEXT,
      album TEXT,
      genre TEXT,
      bpm REAL,
      key TEXT,
      edited TEXT NOT NULL DEFAULT '[]',
      title_folded TEXT NOT NULL,
      artist_folded TEXT,
      genre_folded TEXT,
      key_folded TEXT,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      processed_at TEXT
    ) STRICT;
    CREATE INDEX sounds_by_title ON sounds (title_folded, sound_key);
    CREATE INDEX sounds_by_duration ON sounds (duration_s, sound_key);
    CREATE INDEX sounds_by_size ON sounds (size_bytes, sound_key);
    CREATE INDEX sounds_by_bpm ON sounds (bpm, sound_key);
    CREATE INDEX sounds_by_status ON sounds (status);
    CREATE INDEX sounds_by_artist ON sounds (artist_folded);
    CREATE INDEX sounds_by_genre ON sounds (genre_folded);

    CREATE TABLE tags (
      sound_key INTEGER NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      source TEXT NOT NULL CHECK (source IN ('file', 'auto', 'user')),
      name_folded TEXT NOT NULL,
      name TEXT NOT NULL,
      score REAL,
      PRIMARY KEY (sound_key, source, name_folded)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX tags_by_name ON tags (name_folded, sound_key);

    CREATE TABLE peaks (
      sound_key INTEGER PRIMARY KEY REFERENCES sounds (sound_key) ON DELETE CASCADE,
      bucket_s REAL NOT NULL,
      min_max BLOB NOT NULL
    ) STRICT;

    CREATE TABLE jobs (
      id TEXT PRIMARY KEY,
      sound_key INTEGER NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      generation INTEGER NOT NULL,
      state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'active', 'completed', 'failed')),
      stage TEXT NOT NULL DEFAULT 'waiting' CHECK (stage IN ('waiting', 'reading', 'embedding', 'saving', 'done')),
      progress REAL NOT NULL DEFAULT 0,
      attempts INTEGER NOT NULL DEFAULT 0,
      error TEXT,
      created_at TEXT NOT NULL,
      started_at TEXT,
      finished_at TEXT,
      UNIQUE (sound_key, generation)
    ) STRICT;
    CREATE INDEX jobs_by_state ON jobs (state, created_at);

    CREATE TABLE settings (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
