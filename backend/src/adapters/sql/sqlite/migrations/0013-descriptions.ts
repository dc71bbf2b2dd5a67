import type { Migration } from '../../migration.js';

/**
 * What was written about a sound, with a column of its own in the keyword index, and each of a sound's artists. Those of sounds
 * that are there count as one until the sound is read again or edited.
 */
export const descriptions: Migration = {
  name: '0013-descriptions',
  sql: `
    ALTER TABLE sounds ADD COLUMN description TEXT;

    CREATE TABLE sound_artists (
      sound_key INTEGER NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      name TEXT NOT NULL,
      name_folded TEXT NOT NULL,
      PRIMARY KEY (sound_key, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sound_artists_by_name ON sound_artists (name_folded, sound_key);
    INSERT INTO sound_artists (sound_key, position, name, name_folded)
      SELECT sound_key, 0, artist, artist_folded FROM sounds WHERE artist IS NOT NULL;

    DROP TRIGGER sounds_removed;
    DROP TABLE sound_vocabulary;
    CREATE VIRTUAL TABLE words_with_descriptions USING fts5 (
      title, tags, filename, artist, genre, album, auto_tags, description,
      tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
    );
    INSERT INTO words_with_descriptions (rowid, title, tags, filename, artist, genre, album, auto_tags, description)
      SELECT rowid, title, tags, filename, artist, genre, album, auto_tags, '' FROM sound_words;
    DROP TABLE sound_words;
    ALTER TABLE words_with_descriptions RENAME TO sound_words;
    CREATE VIRTUAL TABLE sound_vocabulary USING fts5vocab (sound_words, 'row');
    CREATE TRIGGER sounds_removed AFTER DELETE ON sounds BEGIN
      DELETE FROM sound_words WHERE rowid = old.sound_key;
    END;
  `,
};
