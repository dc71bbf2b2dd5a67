import { DomainError } from '../../../domain/errors.js';
import { PostgresStorage, type PostgresOptions } from '../postgres/storage.js';
import { openDatabase } from '../sqlite/database.js';
import { storageOver } from '../sqlite/storage.js';
import { PostgresSide } from './postgres-side.js';
import { type Place, SqlRowMove } from './row-move.js';
import { SqliteSide } from './sqlite-side.js';
import { sharedTables } from './tables.js';

export { isInUse, refuseHalfMoved } from './row-move.js';

export type OpenPlace = Place & { close(): Promise<void> };

/** Opens (and creates or upgrades) a library to move it, or to move one there. */
export async function openPlace({
  postgres,
  databasePath,
}: {
  postgres: PostgresOptions | null;
  databasePath: string;
}): Promise<OpenPlace> {
  if (postgres) {
    const storage = await PostgresStorage.open(postgres);
    return { storage, side: new PostgresSide(storage.pool), close: () => storage.close() };
  }
  const db = openDatabase(databasePath);
  return {
    storage: storageOver(db),
    side: new SqliteSide(db),
    close: () => {
      db.close();
      return Promise.resolve();
    },
  };
}

/** Rows on their way from one engine to the other. @param from the source, in words */
export async function openRowMove(source: Place, target: Place, from: string): Promise<SqlRowMove> {
  const sides = [source.side, target.side];
  const sqlite = sides.find((side) => side instanceof SqliteSide);
  const postgres = sides.find((side) => side instanceof PostgresSide);
  if (!sqlite || !postgres) throw new DomainError('internal', 'Rows are moved from one engine to the other.');
  return new SqlRowMove({ source, target, tables: await sharedTables(sqlite, postgres), from });
}
