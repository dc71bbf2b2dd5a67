import { SqlBinRepository, type Database, storageOver } from '../../src/adapters/sql/index.js';

/** Deletes a sound for good. */
export const erase = async (db: Database, id: string): Promise<string[]> =>
  (await new SqlBinRepository(storageOver(db)).erase([id], 'anywhere')).map((gone) => gone.id);
