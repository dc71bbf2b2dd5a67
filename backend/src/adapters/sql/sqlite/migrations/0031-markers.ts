import { countedInPostgres, countedInSqlite, type SharedMigration } from '../../migration.js';

/**
 * Places and stretches of sounds with what was noted there, by people and in the file. Their words are found, so that changes of
 * them count as changes of what a search may answer with.
 */
export const markers: SharedMigration = {
  name: '0031-markers',
  sql: `
    CREATE TABLE markers (
      id TEXT PRIMARY KEY,
      sound_key INTEGER NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      source TEXT NOT NULL,
      start_s REAL NOT NULL,
      end_s REAL,
      text TEXT NOT NULL,
      colour TEXT,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX markers_by_sound ON markers (sound_key, start_s);
    ${countedInSqlite('markers')}

    DROP TRIGGER sounds_removed;
    DROP TRIGGER bin_added;
    DROP TABLE sound_vocabulary;
    CREATE VIRTUAL TABLE words_with_notes USING fts5 (
      title, tags, filename, artist, genre, album, auto_tags, description, notes,
      tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
    );
    INSERT INTO words_with_notes (rowid, title, tags, filename, artist, genre, album, auto_tags, description, notes)
      SELECT rowid, title, tags, filename, artist, genre, album, auto_tags, description, '' FROM sound_words;
    DROP TABLE sound_words;
    ALTER TABLE words_with_notes RENAME TO sound_words;
    CREATE VIRTUAL TABLE sound_vocabulary USING fts5vocab (sound_words, 'row');
    CREATE TRIGGER sounds_removed AFTER DELETE ON sounds BEGIN
      DELETE FROM sound_words WHERE rowid = old.sound_key;
    END;
    CREATE TRIGGER bin_added AFTER INSERT ON bin BEGIN
      DELETE FROM sound_words WHERE rowid = new.sound_key;
      DELETE FROM embed_jobs WHERE sound_key = new.sound_key;
      DELETE FROM index_changes WHERE segment_id IN (SELECT id FROM segments WHERE sound_key = new.sound_key);
      INSERT INTO index_changes (op, segment_id) SELECT 'remove', id FROM segments WHERE sound_key = new.sound_key;
      UPDATE library_changes SET number = number + 1;
    END;
  `,
  postgres: `
    CREATE TABLE markers (
      id text COLLATE "C" PRIMARY KEY,
      sound_key bigint NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      source text COLLATE "C" NOT NULL,
      start_s double precision NOT NULL,
      end_s double precision,
      text text COLLATE "C" NOT NULL,
      colour text COLLATE "C",
      created_at text COLLATE "C" NOT NULL,
      updated_at text COLLATE "C" NOT NULL
    );
    CREATE INDEX markers_by_sound ON markers (sound_key, start_s);
    ${countedInPostgres('markers')}
  `,
};
