import { setImmediate as othersFirst } from 'node:timers/promises';
import { sql as raw } from 'kysely';
import type { FolderRepository } from '../../domain/folders/folders.ports.js';
import type { FileOutcome, Folder, FolderFile, FolderOptions } from '../../domain/folders/folders.types.js';
import { List, type Sql, type Storage } from './dialect.js';
import { extensionOf } from '../../domain/library/names.js';
import { indexWords, titleFolded } from './sound.rows.js';
import { now } from './values.js';

/** Files that are read at a time: a hundred thousand at once would keep everybody waiting for a second. */
const PAGE = 5000;

const FILE = [
  'path',
  'size_bytes as sizeBytes',
  'modified_ms as modifiedMs',
  'outcome',
  'reason',
  'sound_id as soundId',
] as const;

export class SqlFolderRepository implements FolderRepository {
  constructor(private readonly sql: Storage) {}

  list(): Promise<Folder[]> {
    return folders(this.sql);
  }

  async get(id: string): Promise<Folder | null> {
    return (await folders(this.sql, id))[0] ?? null;
  }

  add({ path, watch, recursive, inPlace }: FolderOptions & { path: string }): Promise<Folder | null> {
    const id = crypto.randomUUID();
    return this.sql.transaction(async (tx) => {
      await tx.db
        .insertInto('folders')
        .values({
          id,
          path,
          watch: Number(watch),
          recursive: Number(recursive),
          in_place: Number(inPlace),
          created_at: now(),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return (await folders(tx, id))[0] ?? null;
    });
  }

  async change(id: string, { watch, recursive, inPlace }: Partial<FolderOptions>): Promise<void> {
    const changed = {
      ...(watch !== undefined && { watch: Number(watch) }),
      ...(recursive !== undefined && { recursive: Number(recursive) }),
      ...(inPlace !== undefined && { in_place: Number(inPlace) }),
    };
    if (Object.keys(changed).length === 0) return;
    await this.sql.db.updateTable('folders').set(changed).where('id', '=', id).execute();
  }

  remove(id: string): Promise<void> {
    return this.sql.transaction(async ({ db }) => {
      await db.deleteFrom('placed_files').where('folder_id', '=', id).where('state', '=', 'refused').execute();
      await db.updateTable('placed_files').set({ state: 'away', since: now() }).where('folder_id', '=', id).execute();
      await db.deleteFrom('folders').where('id', '=', id).execute();
    });
  }

  async unplug(id: string, since: string | null): Promise<void> {
    await this.sql.db.updateTable('folders').set({ unplugged_since: since }).where('id', '=', id).execute();
  }

  rename(soundId: string, from: Parameters<FolderRepository['rename']>[1], to: typeof from): Promise<void> {
    return this.sql.transaction(async (tx) => {
      const sound = await tx.db.selectFrom('sounds').selectAll().where('id', '=', soundId).executeTakeFirst();
      if (!sound) return;
      const { sound_key: key, title } = sound;
      await tx.db
        .deleteFrom('origins')
        .where('sound_key', '=', key)
        .where('folder', '=', from.folder)
        .where('filename', '=', from.filename)
        .execute();
      if (sound.filename !== from.filename || from.filename === to.filename) return;
      const { filename } = to;
      await tx.db
        .updateTable('sounds')
        .set({
          filename,
          extension: extensionOf(filename),
          title_folded: titleFolded(title, filename),
          updated_at: now(),
        })
        .where('sound_key', '=', key)
        .execute();
      await indexWords(tx, key);
    });
  }

  async beginScan(id: string): Promise<void> {
    await this.sql.db.updateTable('folders').set({ pending: 1 }).where('id', '=', id).execute();
  }

  async endScan(id: string, { finished, error }: { finished: boolean; error: string | null }): Promise<void> {
    await this.sql.db
      .updateTable('folders')
      .set({ pending: 0, error, ...(finished && { scanned_at: now() }) })
      .where('id', '=', id)
      .execute();
  }

  async files(id: string): Promise<Map<string, FolderFile>> {
    const found = new Map<string, FolderFile>();
    for (let after: string | null = null; ;) {
      const page = await this.page(id, { outcome: null, after, limit: PAGE });
      for (const file of page) found.set(file.path, file);
      if (page.length < PAGE) return found;
      after = page.at(-1)!.path;
      await othersFirst();
    }
  }

  async page(
    id: string,
    { outcome, after, limit }: { outcome: FileOutcome | null; after: string | null; limit: number },
  ): Promise<FolderFile[]> {
    return await this.sql.db
      .selectFrom('folder_files')
      .select(FILE)
      .where('folder_id', '=', id)
      .$if(outcome !== null, (query) => query.where('outcome', '=', outcome!))
      .where('path', '>', after ?? '')
      .orderBy('path')
      .limit(limit)
      .execute();
  }

  async record(id: string, file: FolderFile): Promise<void> {
    await raw`
      INSERT INTO folder_files (folder_id, path, size_bytes, modified_ms, outcome, reason, sound_id)
      SELECT id, ${file.path}, ${file.sizeBytes}, ${file.modifiedMs}, ${file.outcome}, ${file.reason}, ${file.soundId}
      FROM folders WHERE id = ${id}
      ON CONFLICT (folder_id, path) DO UPDATE SET size_bytes = excluded.size_bytes, modified_ms = excluded.modified_ms,
        outcome = excluded.outcome, reason = excluded.reason, sound_id = excluded.sound_id`.execute(this.sql.db);
  }

  async filesOf(soundId: string): Promise<number> {
    const row = await this.sql.db
      .selectFrom('folder_files')
      .select(({ fn }) => fn.countAll<number>().as('files'))
      .where('sound_id', '=', soundId)
      .executeTakeFirstOrThrow();
    return row.files;
  }

  async forget(id: string, paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    await this.sql.db
      .deleteFrom('folder_files')
      .where('folder_id', '=', id)
      .where('path', 'in', this.sql.dialect.texts(new List(paths)))
      .execute();
  }
}

/** All folders, or the one. */
async function folders({ db }: Sql, id?: string): Promise<Folder[]> {
  const rows = await db
    .selectFrom('folders')
    .selectAll()
    .$if(id !== undefined, (query) => query.where('id', '=', id!))
    .orderBy('path')
    .execute();
  const lacking = await db
    .selectFrom('placed_files')
    .select(({ fn }) => ['folder_id', fn.countAll<number>().as('files')])
    .where('state', '=', 'missing')
    .where('sha256', 'in', (eb) => eb.selectFrom('library').select('sha256'))
    .groupBy('folder_id')
    .execute();
  const missing = new Map(lacking.map((row) => [row.folder_id, row.files]));
  const counts = new Map(rows.map((row) => [row.id, { imported: 0, duplicate: 0, rejected: 0 }]));
  const counted = await db
    .selectFrom('folder_files')
    .select(({ fn }) => ['folder_id', 'outcome', fn.countAll<number>().as('files')])
    .$if(id !== undefined, (query) => query.where('folder_id', '=', id!))
    .groupBy(['folder_id', 'outcome'])
    .execute();
  for (const { folder_id: folder, outcome, files } of counted) {
    const ofFolder = counts.get(folder);
    if (ofFolder) ofFolder[outcome] = files;
  }
  return rows.map((row) => ({
    id: row.id,
    path: row.path,
    watch: row.watch === 1,
    recursive: row.recursive === 1,
    inPlace: row.in_place === 1,
    unpluggedSince: row.unplugged_since,
    createdAt: row.created_at,
    scannedAt: row.scanned_at,
    pending: row.pending === 1,
    error: row.error,
    counts: counts.get(row.id)!,
    missing: missing.get(row.id) ?? 0,
  }));
}
