import type { Migration } from '../../migration.js';

/**
 * Segments with their vectors (float32, little-endian), and the log of what came and went that the index follows. When a
 * segment leaves, its line of arrival leaves with it: the log never outgrows the table by more than one line per removal.
 */
export const segments: Migration = {
  name: '0002-segments',
  sql: `
    CREATE TABLE segments (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      sound_key INTEGER NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      model_key TEXT NOT NULL,
      idx INTEGER NOT NULL,
      start_s REAL NOT NULL,
      end_s REAL NOT NULL,
      vector BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX segments_by_sound ON segments (sound_key, model_key, idx);
    CREATE INDEX segments_by_model ON segments (model_key);

    CREATE TABLE index_changes (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      op TEXT NOT NULL CHECK (op IN ('add', 'remove')),
      segment_id INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX index_changes_by_segment ON index_changes (segment_id);

    CREATE TRIGGER segments_added AFTER INSERT ON segments BEGIN
      INSERT INTO index_changes (op, segment_id) VALUES ('add', new.id);
    END;
    CREATE TRIGGER segments_removed AFTER DELETE ON segments BEGIN
      DELETE FROM index_changes WHERE segment_id = old.id;
      INSERT INTO index_changes (op, segment_id) VALUES ('remove', old.id);
    END;
  `,
};
