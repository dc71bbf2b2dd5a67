import type { Migration } from '../../migration.js';

/**
 * What was deleted and may come back. Its rows stay where they are; `library` is `sounds` without them, and everything that
 * people see is read from there. Its vectors and words leave their indexes, and come back with it. `leftovers` names the
 * bytes of sounds that are gone for good, until the file has been deleted: a crash in between leaves nothing behind.
 */
export const bin: Migration = {
  name: '0016-bin',
  sql: `
    CREATE TABLE bin (
      sound_key INTEGER PRIMARY KEY REFERENCES sounds (sound_key) ON DELETE CASCADE,
      deleted_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX bin_by_time ON bin (deleted_at, sound_key);
    CREATE VIEW library AS SELECT * FROM sounds WHERE sound_key NOT IN (SELECT sound_key FROM bin);

    CREATE TRIGGER bin_added AFTER INSERT ON bin BEGIN
      DELETE FROM sound_words WHERE rowid = new.sound_key;
      DELETE FROM embed_jobs WHERE sound_key = new.sound_key;
      DELETE FROM index_changes WHERE segment_id IN (SELECT id FROM segments WHERE sound_key = new.sound_key);
      INSERT INTO index_changes (op, segment_id) SELECT 'remove', id FROM segments WHERE sound_key = new.sound_key;
      UPDATE library_changes SET number = number + 1;
    END;
    CREATE TRIGGER bin_left AFTER DELETE ON bin BEGIN
      UPDATE library_changes SET number = number + 1;
    END;

    CREATE TABLE leftovers (
      sha256 TEXT PRIMARY KEY,
      since TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER sounds_left AFTER DELETE ON sounds BEGIN
      INSERT OR REPLACE INTO leftovers (sha256, since) VALUES (old.sha256, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));
    END;
  `,
};
