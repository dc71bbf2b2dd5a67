import type { SharedMigration } from '../../migration.js';

/** How much somebody may keep here; null: as much as there is space. */
export const quotas: SharedMigration = {
  name: '0029-quotas',
  sql: `
    ALTER TABLE users ADD COLUMN max_bytes INTEGER;
    ALTER TABLE users ADD COLUMN max_sounds INTEGER;
  `,
  postgres: `
    ALTER TABLE users ADD COLUMN max_bytes bigint;
    ALTER TABLE users ADD COLUMN max_sounds bigint;
  `,
};
