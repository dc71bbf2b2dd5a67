import { setImmediate as othersFirst } from 'node:timers/promises';
import { sql as raw } from 'kysely';
import type { FileStamp, FoundPlace, PlacedFile, PlacedFiles } from '../../domain/library/placed.ports.js';
import { inSlices } from '../../domain/slices.js';
import { List, type Sql, type Storage } from './dialect.js';
import { hot } from './hot.js';
import { now } from './values.js';

const SLICE = 500;
/** Places that are read at a time: others are answered in between. */
const PAGE = 5000;
/** Reasons as they are stored with what failed. */
const LACKING = '%"id":"place_%';
const UNPLUGGED = '%"id":"place_unplugged"%';

const COLUMNS = [
  'placed_files.folder_id as folderId',
  'placed_files.path as path',
  'placed_files.sha256 as sha256',
  'placed_files.size_bytes as sizeBytes',
  'placed_files.modified_ms as modifiedMs',
  'placed_files.changed_ms as changedMs',
  'placed_files.state as state',
  'placed_files.since as since',
  'placed_files.kept as kept',
] as const;

const toFile = <T extends { kept: number }>(row: T): Omit<T, 'kept'> & { kept: boolean } => ({
  ...row,
  kept: row.kept === 1,
});

/** Asked with each reading of a file. */
const placeRows = hot(({ db }: Sql, sha256: string) =>
  db
    .selectFrom('placed_files')
    .innerJoin('folders', 'folders.id', 'placed_files.folder_id')
    .select([...COLUMNS, 'folders.path as root'])
    .where('sha256', '=', sha256)
    .orderBy(raw`CASE placed_files.state WHEN 'there' THEN 0 ELSE 1 END`)
    .orderBy('placed_files.path'),
);

export class SqlPlacedFiles implements PlacedFiles {
  constructor(private readonly sql: Storage) {}

  async placesOf(sha256: string): Promise<FoundPlace[]> {
    return (await placeRows(this.sql, sha256)).map(toFile);
  }

  async of(folderId: string): Promise<PlacedFile[]> {
    const found: PlacedFile[] = [];
    for (let [path, sha256] = ['', '']; ;) {
      const rows = await this.sql.db
        .selectFrom('placed_files')
        .select(COLUMNS)
        .where('folder_id', '=', folderId)
        .where(raw<boolean>`(path, sha256) > (${path}, ${sha256})`)
        .orderBy('path')
        .orderBy('sha256')
        .limit(PAGE)
        .execute();
      for (const row of rows) found.push(toFile(row));
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return found;
      [path, sha256] = [last.path, last.sha256];
      await othersFirst();
    }
  }

  put(file: Omit<PlacedFile, 'state' | 'since'>): Promise<void> {
    return this.write({ ...file, state: 'there', since: now() });
  }

  refuse(file: Omit<PlacedFile, 'state' | 'since' | 'kept'>): Promise<void> {
    return this.write({ ...file, state: 'refused', since: now(), kept: false });
  }

  private async write(file: PlacedFile): Promise<void> {
    const changing = {
      size_bytes: file.sizeBytes,
      modified_ms: file.modifiedMs,
      changed_ms: file.changedMs,
      state: file.state,
      since: file.since,
      kept: Number(file.kept),
    };
    await this.sql.db
      .insertInto('placed_files')
      .values({ folder_id: file.folderId, path: file.path, sha256: file.sha256, ...changing })
      .onConflict((conflict) => conflict.columns(['folder_id', 'path', 'sha256']).doUpdateSet(changing))
      .execute();
  }

  async restamp(file: Pick<PlacedFile, 'folderId' | 'path' | 'sha256'>, stamp: FileStamp): Promise<void> {
    await this.sql.db
      .updateTable('placed_files')
      .set({ size_bytes: stamp.sizeBytes, modified_ms: stamp.modifiedMs, changed_ms: stamp.changedMs })
      .where('folder_id', '=', file.folderId)
      .where('path', '=', file.path)
      .where('sha256', '=', file.sha256)
      .execute();
  }

  async gone(folderId: string, paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    await inSlices(paths, SLICE, async (slice) => {
      await this.sql.db
        .updateTable('placed_files')
        .set({ state: 'missing', since: now() })
        .where('folder_id', '=', folderId)
        .where('state', '=', 'there')
        .where('path', 'in', this.sql.dialect.texts(new List(slice)))
        .execute();
    });
    // Nothing is missing of what lies elsewhere as well.
    await this.sql.db
      .deleteFrom('placed_files')
      .where('folder_id', '=', folderId)
      .where('state', '=', 'missing')
      .where('sha256', 'in', (eb) => eb.selectFrom('placed_files').select('sha256').where('state', '=', 'there'))
      .execute();
  }

  settle(folderId: string, path: string, sha256: string): Promise<{ root: string | null; path: string }[]> {
    return this.sql.transaction(async ({ db }) => {
      await db
        .updateTable('placed_files')
        .set({ state: 'missing', since: now() })
        .where('folder_id', '=', folderId)
        .where('path', '=', path)
        .where('sha256', '!=', sha256)
        .where('state', '=', 'there')
        .execute();
      const moved = await db
        .selectFrom('placed_files')
        .leftJoin('folders', 'folders.id', 'placed_files.folder_id')
        .select(['folders.path as root', 'placed_files.path as path'])
        .where('sha256', '=', sha256)
        .where('state', 'in', ['missing', 'away'])
        .execute();
      await db
        .deleteFrom('placed_files')
        .where('sha256', '=', sha256)
        .where('state', 'in', ['missing', 'away'])
        .execute();
      return moved;
    });
  }

  async drop({ folderId, path, sha256 }: Pick<PlacedFile, 'folderId' | 'path' | 'sha256'>): Promise<void> {
    await this.sql.db
      .deleteFrom('placed_files')
      .where('folder_id', '=', folderId)
      .where('path', '=', path)
      .where('sha256', '=', sha256)
      .where((eb) => eb.not(eb.exists(eb.selectFrom('sounds').select('id').where('sounds.sha256', '=', sha256))))
      .execute();
  }

  async release(folderId: string, path: string): Promise<void> {
    await this.sql.db
      .deleteFrom('placed_files')
      .where('folder_id', '=', folderId)
      .where('path', '=', path)
      .where('state', 'in', ['there', 'missing', 'away'])
      .execute();
  }

  async kept(sha256: string): Promise<void> {
    await this.sql.db.updateTable('placed_files').set({ kept: 1 }).where('sha256', '=', sha256).execute();
  }

  async isRefused(folderId: string, sha256: string): Promise<boolean> {
    const rows = await this.sql.db
      .selectFrom('placed_files')
      .select('path')
      .where('sha256', '=', sha256)
      .where('folder_id', '=', folderId)
      .where('state', '=', 'refused')
      .where((eb) => eb.not(eb.exists(eb.selectFrom('sounds').select('id').where('sounds.sha256', '=', sha256))))
      .limit(1)
      .execute();
    return rows.length > 0;
  }

  async isAway(sha256: string): Promise<boolean> {
    const rows = await this.sql.db
      .selectFrom('placed_files')
      .select('path')
      .where('sha256', '=', sha256)
      .where('state', '=', 'away')
      .limit(1)
      .execute();
    return rows.length > 0;
  }

  async hasSound(soundId: string): Promise<boolean> {
    return (await this.sql.db.selectFrom('sounds').select('id').where('id', '=', soundId).execute()).length > 0;
  }

  async overdue(before: string, limit: number): Promise<{ soundId: string; sha256: string }[]> {
    const { rows } = await raw<{ soundId: string; sha256: string }>`
      SELECT id AS "soundId", sha256 FROM library
      WHERE sha256 IN (SELECT sha256 FROM placed_files WHERE state IN ('missing', 'away')
          AND (state = 'away' OR since <= ${before}))
        AND NOT EXISTS (SELECT 1 FROM placed_files AS place LEFT JOIN folders ON folders.id = place.folder_id
          WHERE place.sha256 = library.sha256 AND (place.kept = 1 OR place.state = 'there'
            OR (place.state = 'missing' AND (place.since > ${before} OR folders.unplugged_since IS NOT NULL))))
      ORDER BY sound_key LIMIT ${limit}`.execute(this.sql.db);
    return rows;
  }

  async putAway(hashes: readonly string[]): Promise<void> {
    await this.sql.db
      .updateTable('placed_files')
      .set({ state: 'away' })
      .where('state', '=', 'missing')
      .where('sha256', 'in', this.sql.dialect.texts(new List(hashes)))
      .execute();
  }

  async failedForLack(folderId: string, { unplugged }: { unplugged: boolean }): Promise<string[]> {
    const rows = await this.sql.db
      .selectFrom('library')
      .select('id')
      .where('status', '=', 'failed')
      .where('error', 'like', unplugged ? UNPLUGGED : LACKING)
      .where('sha256', 'in', (eb) =>
        eb.selectFrom('placed_files').select('sha256').where('folder_id', '=', folderId).where('state', '=', 'there'),
      )
      .execute();
    return rows.map(({ id }) => id);
  }

  async embedAgain(folderId: string, { unplugged }: { unplugged: boolean }): Promise<void> {
    await this.sql.db
      .updateTable('embed_jobs')
      .set({ state: 'queued', attempts: 0, error: null })
      .where('state', '=', 'failed')
      .where('error', 'like', unplugged ? UNPLUGGED : LACKING)
      .where('sound_key', 'in', (eb) =>
        eb
          .selectFrom('library')
          .innerJoin('placed_files', 'placed_files.sha256', 'library.sha256')
          .select('library.sound_key')
          .where('folder_id', '=', folderId)
          .where('placed_files.state', '=', 'there'),
      )
      .execute();
  }
}

/** Of a row of `sounds`: only folders have its file, the library keeps none. */
export const LIES_IN_FOLDERS = raw<boolean>`(
  EXISTS (SELECT 1 FROM placed_files AS place WHERE place.sha256 = sounds.sha256 AND place.state <> 'refused')
  AND NOT EXISTS (SELECT 1 FROM placed_files AS place WHERE place.sha256 = sounds.sha256 AND place.kept = 1))`;

/** Those of the contents that the library does not keep itself. */
export async function liesInFolders({ db, dialect }: Sql, hashes: readonly string[]): Promise<Set<string>> {
  if (hashes.length === 0) return new Set();
  const rows = await db
    .selectFrom('placed_files')
    .select('sha256')
    .where('sha256', 'in', dialect.texts(new List(hashes)))
    .where('state', '<>', 'refused')
    .groupBy('sha256')
    .having(({ fn }) => fn.max('kept'), '=', 0)
    .execute();
  return new Set(rows.map(({ sha256 }) => sha256));
}

/** Sounds that come out of the bin wait for their files anew. */
export async function waitForPlaces({ db }: Sql, keys: readonly number[]): Promise<void> {
  // Few libraries have any: they would pay for each sound.
  const away = await db.selectFrom('placed_files').select('sha256').where('state', '=', 'away').limit(1).execute();
  if (away.length === 0 || keys.length === 0) return;
  await db
    .updateTable('placed_files')
    .set({ state: 'missing', since: now() })
    .where('state', '=', 'away')
    .where('sha256', 'in', (eb) => eb.selectFrom('sounds').select('sha256').where('sound_key', 'in', keys))
    .execute();
}

/** Nobody has these contents any more, unless another sound does. Call inside the transaction that deleted their sounds. */
export async function forgetPlaces({ db, dialect }: Sql, hashes: readonly string[]): Promise<void> {
  if (hashes.length === 0) return;
  const placed = await db
    .selectFrom('placed_files')
    .select('sha256')
    .distinct()
    .where('sha256', 'in', dialect.texts(new List(hashes)))
    .execute();
  for (const { sha256 } of placed) {
    const used = await db.selectFrom('sounds').select('id').where('sha256', '=', sha256).limit(1).execute();
    if (used.length > 0) continue;
    await db.deleteFrom('placed_files').where('sha256', '=', sha256).where('state', '=', 'away').execute();
    const refused = { state: 'refused', since: now() } as const;
    await db.updateTable('placed_files').set(refused).where('sha256', '=', sha256).execute();
  }
}
