import type { Migration } from '../../migration.js';

/**
 * What each sound was tagged with automatically, and which automatic tags a person does not want on it. The keyword index
 * gets a column of its own for automatic tags: where the model itself is asked, its tags are not counted once more.
 */
export const tagging: Migration = {
  name: '0005-tagging',
  sql: `
    CREATE TABLE auto_tagging (
      sound_key INTEGER PRIMARY KEY REFERENCES sounds (sound_key) ON DELETE CASCADE,
      stamp TEXT NOT NULL,
      processed_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX auto_tagging_by_stamp ON auto_tagging (stamp, sound_key);

    CREATE TABLE rejected_tags (
      sound_key INTEGER NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      name_folded TEXT NOT NULL,
      name TEXT NOT NULL,
      score REAL,
      PRIMARY KEY (sound_key, name_folded)
    ) STRICT, WITHOUT ROWID;

    DROP TRIGGER sounds_removed;
    DROP TABLE sound_vocabulary;
    CREATE VIRTUAL TABLE words_with_auto_tags USING fts5 (
      title, tags, filename, artist, genre, album, auto_tags,
      tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
    );
    INSERT INTO words_with_auto_tags (rowid, title, tags, filename, artist, genre, album, auto_tags)
      SELECT rowid, title, tags, filename, artist, genre, album, '' FROM sound_words;
    DROP TABLE sound_words;
    ALTER TABLE words_with_auto_tags RENAME TO sound_words;
    CREATE VIRTUAL TABLE sound_vocabulary USING fts5vocab (sound_words, 'row');
    CREATE TRIGGER sounds_removed AFTER DELETE ON sounds BEGIN
      DELETE FROM sound_words WHERE rowid = old.sound_key;
    END;
  `,
};
