import { SqliteBinRepository, type Database } from '../../src/adapters/sqlite/index.js';

/** Deletes a sound for good. */
export const erase = (db: Database, id: string): string[] =>
  new SqliteBinRepository(db).erase([id], 'anywhere').map((gone) => gone.id);
