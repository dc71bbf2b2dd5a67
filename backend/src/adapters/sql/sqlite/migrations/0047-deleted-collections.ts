import type { SharedMigration } from '../../migration.js';

/** When a collection was deleted: until it is gone for good, it can be had back. Null for those that are there. */
export const deletedCollections: SharedMigration = {
  name: '0047-deleted-collections',
  sql: `ALTER TABLE collections ADD COLUMN deleted_at TEXT;`,
  postgres: `ALTER TABLE collections ADD COLUMN deleted_at text COLLATE "C";`,
};
