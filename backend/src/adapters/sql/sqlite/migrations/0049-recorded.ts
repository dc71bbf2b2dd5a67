import type { SharedMigration } from '../../migration.js';

/** When a sound was recorded, as exactly as its file says (`2019`, `2019-03-14`); empty where the file was asked and does not say. */
export const recorded: SharedMigration = {
  name: '0049-recorded',
  sql: `ALTER TABLE sounds ADD COLUMN recorded TEXT;`,
  postgres: `ALTER TABLE sounds ADD COLUMN recorded text COLLATE "C";`,
};
