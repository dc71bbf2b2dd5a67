import type { Migration } from '../../migration.js';

/** Keyword index (one row per sound, words already folded and cut by `indexedWords`) and the log of searches. */
export const search: Migration = {
  name: '0003-search',
  sql: `
    CREATE VIRTUAL TABLE sound_words USING fts5 (
      title, tags, filename, artist, genre, album,
      tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
    );
    CREATE VIRTUAL TABLE sound_vocabulary USING fts5vocab (sound_words, 'row');
    CREATE TRIGGER sounds_removed AFTER DELETE ON sounds BEGIN
      DELETE FROM sound_words WHERE rowid = old.sound_key;
    END;

    CREATE TABLE search_log (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      query TEXT NOT NULL,
      query_folded TEXT NOT NULL,
      mode TEXT NOT NULL,
      result_count INTEGER NOT NULL,
      took_ms REAL NOT NULL,
      top_score REAL,
      created_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX search_log_by_query ON search_log (query_folded, id);
    CREATE INDEX search_log_by_time ON search_log (created_at);
  `,
};
