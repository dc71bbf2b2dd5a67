import type { SharedMigration } from '../../migration.js';

/** The colour that somebody gave a sound, beside their stars. */
export const colours: SharedMigration = {
  name: '0043-colours',
  sql: `ALTER TABLE ratings ADD COLUMN colour TEXT;`,
  postgres: `ALTER TABLE ratings ADD COLUMN colour text COLLATE "C";`,
};
