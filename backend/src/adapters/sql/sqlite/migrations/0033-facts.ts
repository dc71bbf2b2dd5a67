import type { SharedMigration } from '../../migration.js';

/** What is told from the sound itself: its kind, loudness in LUFS, peak in dBFS, and the middle of its spectrum in Hz. */
export const facts: SharedMigration = {
  name: '0033-facts',
  sql: `
    ALTER TABLE sounds ADD COLUMN sound_kind TEXT;
    ALTER TABLE sounds ADD COLUMN loudness_lufs REAL;
    ALTER TABLE sounds ADD COLUMN peak_db REAL;
    ALTER TABLE sounds ADD COLUMN brightness_hz REAL;
  `,
  postgres: `
    ALTER TABLE sounds ADD COLUMN sound_kind text COLLATE "C";
    ALTER TABLE sounds ADD COLUMN loudness_lufs double precision;
    ALTER TABLE sounds ADD COLUMN peak_db double precision;
    ALTER TABLE sounds ADD COLUMN brightness_hz double precision;
  `,
};
