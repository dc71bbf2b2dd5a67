import type { SharedMigration } from '../../migration.js';

/**
 * Pictures that sounds have in their files, each once and made small, and what makes an album of sounds: its name with whose it is
 * (`album_key`, see domain/library/albums), and where in it each one stands (`album_place`: disc × 10,000 + track).
 */
export const covers: SharedMigration = {
  name: '0041-covers',
  sql: `
    CREATE TABLE covers (
      id TEXT PRIMARY KEY,
      touched_at TEXT NOT NULL,
      small BLOB NOT NULL,
      large BLOB NOT NULL
    ) STRICT;
    ALTER TABLE sounds ADD COLUMN cover TEXT;
    ALTER TABLE sounds ADD COLUMN album_artist TEXT;
    ALTER TABLE sounds ADD COLUMN album_key TEXT;
    ALTER TABLE sounds ADD COLUMN album_place INTEGER;
    UPDATE sounds SET album_key = lower(trim(album)) || char(10) WHERE trim(album) <> '';
    CREATE INDEX sounds_by_cover ON sounds (cover) WHERE cover IS NOT NULL;
    CREATE INDEX sounds_by_album ON sounds (album_key, album_place, sound_key) WHERE album_key IS NOT NULL;
  `,
  postgres: `
    CREATE TABLE covers (
      id text COLLATE "C" PRIMARY KEY,
      touched_at text COLLATE "C" NOT NULL,
      small bytea NOT NULL,
      large bytea NOT NULL
    );
    ALTER TABLE sounds ADD COLUMN cover text COLLATE "C";
    ALTER TABLE sounds ADD COLUMN album_artist text COLLATE "C";
    ALTER TABLE sounds ADD COLUMN album_key text COLLATE "C";
    ALTER TABLE sounds ADD COLUMN album_place integer;
    UPDATE sounds SET album_key = lower(trim(album)) || chr(10) WHERE trim(album) <> '';
    CREATE INDEX sounds_by_cover ON sounds (cover) WHERE cover IS NOT NULL;
    CREATE INDEX sounds_by_album ON sounds (album_key, album_place, sound_key) WHERE album_key IS NOT NULL;
  `,
};
