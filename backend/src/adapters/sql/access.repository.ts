import { sql as raw } from 'kysely';
import type { AccessChange, AccessRepository, FolderRule } from '../../domain/accounts/access.ports.js';
import type { Access } from '../../domain/accounts/viewer.js';
import { fold } from '../../domain/search/words.js';
import { share, shareCollection } from './access.rows.js';
import { List, type Sql, type Storage } from './dialect.js';
import { holdSounds } from './held-sounds.js';
import { AFTER_ALL, now } from './values.js';

type Kept = Access & { key: number };

export class SqlAccessRepository implements AccessRepository {
  constructor(private readonly sql: Storage) {}

  async ofSounds(ids: readonly string[]): Promise<Map<string, Access>> {
    return withoutKeys(await soundAccess(this.sql, ids));
  }

  async ofCollections(ids: readonly string[]): Promise<Map<string, Access>> {
    return withoutKeys(await collectionAccess(this.sql, ids));
  }

  changeSounds(
    ids: readonly string[],
    ownerId: string | null,
    { visibility, people }: Omit<Access, 'ownerId'>,
  ): Promise<AccessChange[]> {
    return this.sql.transaction(async (tx) => {
      await holdSounds(tx, { ids });
      const found = [...(await soundAccess(tx, ids))].filter(
        ([, kept]) => ownerId === null || kept.ownerId === ownerId,
      );
      const keys = found.map(([, { key }]) => key);
      await tx.db
        .updateTable('sounds')
        .set({ visibility, updated_at: now() })
        .where('sound_key', 'in', tx.dialect.keys(new List(keys)))
        .execute();
      await share(tx, keys, visibility === 'shared' ? people : []);
      return found.map(([id, { key: _, ...before }]) => ({ id, before }));
    });
  }

  changeCollection(
    id: string,
    ownerId: string | null,
    { visibility, people }: Omit<Access, 'ownerId'>,
  ): Promise<AccessChange | null> {
    return this.sql.transaction(async (tx) => {
      const kept = (await collectionAccess(tx, [id])).get(id);
      if (!kept || (ownerId !== null && kept.ownerId !== ownerId)) return null;
      const { key, ...before } = kept;
      await tx.db
        .updateTable('collections')
        .set({ visibility, updated_at: now() })
        .where('collection_key', '=', key)
        .execute();
      await shareCollection(tx, key, visibility === 'shared' ? people : []);
      return { id, before };
    });
  }

  async soundsIn(ownerId: string, folder: string): Promise<string[]> {
    const path = fold(folder);
    const rows = await this.sql.db
      .selectFrom('library')
      .select('id')
      .where('owner_id', '=', ownerId)
      .where('sound_key', 'in', (eb) =>
        eb
          .selectFrom('origins')
          .select('sound_key')
          .where(
            raw<boolean>`(folder_folded = ${path} OR (folder_folded >= ${`${path}/`} AND folder_folded < ${`${path}/${AFTER_ALL}`}))`,
          ),
      )
      .orderBy('sound_key')
      .execute();
    return rows.map(({ id }) => id);
  }

  async rules(ownerId: string): Promise<FolderRule[]> {
    const rows = await this.sql.db
      .selectFrom('folder_rules')
      .selectAll()
      .where('owner_id', '=', ownerId)
      .orderBy('folder')
      .execute();
    return rows.map(({ id, folder, visibility, people }) => ({
      id,
      ownerId,
      folder,
      visibility,
      people: JSON.parse(people) as string[],
    }));
  }

  async setRule({ id, ownerId, folder, visibility, people }: FolderRule): Promise<void> {
    const kept = { visibility, people: JSON.stringify(people), updated_at: now() };
    await this.sql.db
      .insertInto('folder_rules')
      .values({ id, owner_id: ownerId, folder, ...kept })
      .onConflict((conflict) => conflict.columns(['owner_id', 'folder']).doUpdateSet(kept))
      .execute();
  }

  async deleteRule(ownerId: string, folder: string): Promise<boolean> {
    const { numDeletedRows } = await this.sql.db
      .deleteFrom('folder_rules')
      .where('owner_id', '=', ownerId)
      .where('folder', '=', folder)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
}

async function soundAccess({ db, dialect }: Sql, ids: readonly string[]): Promise<Map<string, Kept>> {
  const rows = await db
    .selectFrom('sounds')
    .leftJoin('sound_shares', 'sound_shares.sound_key', 'sounds.sound_key')
    .select(['id', 'sounds.sound_key as key', 'owner_id as ownerId', 'visibility', 'user_id as person'])
    .where('id', 'in', dialect.texts(new List(ids)))
    .execute();
  return gathered(rows);
}

async function collectionAccess({ db, dialect }: Sql, ids: readonly string[]): Promise<Map<string, Kept>> {
  const rows = await db
    .selectFrom('collections')
    .leftJoin('collection_shares', 'collection_shares.collection_key', 'collections.collection_key')
    .select(['id', 'collections.collection_key as key', 'owner_id as ownerId', 'visibility', 'user_id as person'])
    .where('id', 'in', dialect.texts(new List(ids)))
    .execute();
  return gathered(rows);
}

function gathered(rows: readonly (Omit<Kept, 'people'> & { id: string; person: string | null })[]): Map<string, Kept> {
  const found = new Map<string, Kept & { people: string[] }>();
  for (const { id, person, ...kept } of rows) {
    const one = found.get(id) ?? { ...kept, people: [] };
    if (person !== null) one.people.push(person);
    found.set(id, one);
  }
  return found;
}

const withoutKeys = (found: ReadonlyMap<string, Kept>): Map<string, Access> =>
  new Map([...found].map(([id, { key: _, ...access }]) => [id, access]));
