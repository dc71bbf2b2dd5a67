import { sql as raw, type RawBuilder, type Selectable } from 'kysely';
import { z } from 'zod';
import { LOCAL_OWNER } from '../../domain/accounts/actor.js';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type { CollectionRepository } from '../../domain/collections/collections.ports.js';
import type {
  Added,
  BinnedCollection,
  Collection,
  CollectionListRequest,
  CollectionPatch,
  Removed,
} from '../../domain/collections/collections.types.js';
import { collectionNameTaken } from '../../domain/collections/collection-names.js';
import { notFound } from '../../domain/errors.js';
import { moved } from '../../domain/collections/order.js';
import type { Page, Sound, SoundKey } from '../../domain/library/library.types.js';
import { fold } from '../../domain/search/words.js';
import { List, type Sql, type Storage } from './dialect.js';
import type { Schema } from './schema.js';
import { collectionsSeenBy, inLibraryOf, seenBy } from './access.js';
import { every } from './sound.condition.js';
import { toSounds } from './sound.rows.js';
import { decodeCursor, encodeCursor, literally, now } from './values.js';

const cursorSchema = z.tuple([z.string(), z.int()]);

type CollectionRow = Selectable<Schema['collections']> & { sounds: number; duration_s: number };

export class SqlCollectionRepository implements CollectionRepository {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  async list({ text, soundId, limit, cursor }: CollectionListRequest): Promise<Page<Collection>> {
    const conditions: RawBuilder<boolean>[] = [...collectionsSeenBy(this.viewer, 'collections')];
    const words = fold(text?.trim() ?? '');
    if (words !== '') conditions.push(raw`name_folded LIKE ${`%${literally(words)}%`} ESCAPE '\\'`);
    if (soundId !== undefined) {
      conditions.push(raw`collection_key IN (SELECT collection_key FROM collection_sounds
        JOIN library AS sounds USING (sound_key)
        WHERE ${every([raw`sounds.id = ${soundId}`, ...seenBy(this.viewer, 'sounds')])})`);
    }
    const counted = raw<{ total: number }>`SELECT count(*) AS total FROM collections WHERE ${every(conditions)}`;
    const { total } = (await counted.execute(this.sql.db)).rows[0]!;
    if (cursor !== undefined) {
      const [name, key] = decodeCursor(cursor, cursorSchema);
      conditions.push(raw`(name_folded, collection_key) > (${name}, ${key})`);
    }
    const rows = await select(
      this.sql,
      this.viewer,
      raw`WHERE ${every(conditions)} ORDER BY name_folded, collection_key LIMIT ${limit + 1}`,
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map(toCollection),
      nextCursor: rows.length > limit && last ? encodeCursor([last.name_folded, last.collection_key]) : null,
      total,
    };
  }

  get(id: string): Promise<Collection | null> {
    return this.one(this.sql, id);
  }

  create({ id, name, description, access }: Parameters<CollectionRepository['create']>[0]): Promise<Collection> {
    return this.sql.transaction(async (tx) => {
      await take(tx, this.viewer, name);
      const created = now();
      await tx.db
        .insertInto('collections')
        .values({
          id,
          name: name.trim(),
          name_folded: fold(name.trim()),
          description,
          owner_id: access?.ownerId ?? LOCAL_OWNER,
          visibility: access?.visibility ?? 'public',
          created_at: created,
          updated_at: created,
        })
        .execute();
      return (await this.one(tx, id))!;
    });
  }

  update(id: string, patch: CollectionPatch, among = this.viewer): Promise<Collection | null> {
    return this.sql.transaction(async (tx) => {
      const before = await this.one(tx, id);
      if (!before) return null;
      if (patch.name !== undefined) await take(tx, among, patch.name, id);
      const name = (patch.name ?? before.name).trim();
      const description = patch.description === undefined ? before.description : patch.description;
      await tx.db
        .updateTable('collections')
        .set({ name, name_folded: fold(name), description, updated_at: now() })
        .where('id', '=', id)
        .execute();
      return this.one(tx, id);
    });
  }

  async put(id: string): Promise<boolean> {
    const { numUpdatedRows } = await this.sql.db
      .updateTable('collections')
      .set({ deleted_at: now() })
      .where('id', '=', id)
      .where(every(collectionsSeenBy(this.viewer)))
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async binned({ limit, cursor }: Parameters<CollectionRepository['binned']>[0]): Promise<Page<BinnedCollection>> {
    const conditions = this.inBin();
    const counted = raw<{ total: number }>`SELECT count(*) AS total FROM collections WHERE ${every(conditions)}`;
    const { total } = (await counted.execute(this.sql.db)).rows[0]!;
    if (cursor !== undefined) {
      const [at, key] = decodeCursor(cursor, cursorSchema);
      conditions.push(raw`(deleted_at, collection_key) < (${at}, ${key})`);
    }
    const rows = await select(
      this.sql,
      this.viewer,
      raw`WHERE ${every(conditions)} ORDER BY deleted_at DESC, collection_key DESC LIMIT ${limit + 1}`,
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map(toBinned),
      nextCursor: rows.length > limit && last ? encodeCursor([last.deleted_at!, last.collection_key]) : null,
      total,
    };
  }

  getBinned(id: string): Promise<BinnedCollection | null> {
    return this.binnedOne(this.sql, id);
  }

  restore(id: string, among = this.viewer): Promise<Collection | null> {
    return this.sql.transaction(async (tx) => {
      const binned = await this.binnedOne(tx, id);
      if (binned) await take(tx, among, binned.name, id);
      await tx.db
        .updateTable('collections')
        .set({ deleted_at: null })
        .where('id', '=', id)
        .where(every(this.inBin()))
        .execute();
      return this.one(tx, id);
    });
  }

  async erase(id: string, from: 'bin' | 'anywhere'): Promise<boolean> {
    const { numDeletedRows } = await this.sql.db
      .deleteFrom('collections')
      .where('id', '=', id)
      .where((eb) =>
        from === 'bin' ? every(this.inBin()) : eb.or([every(collectionsSeenBy(this.viewer)), every(this.inBin())]),
      )
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async sounds(id: string, { limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<Page<Sound>> {
    const key = await keyOf(this.sql, id);
    const after = cursor === undefined ? -1 : decodeCursor(cursor, z.int());
    const counted = await this.sql.db
      .selectFrom('collection_sounds')
      .select(({ fn }) => fn.countAll<number>().as('total'))
      .where('collection_key', '=', key)
      .where(inLibraryOf(this.viewer))
      .executeTakeFirstOrThrow();
    const rows = await this.sql.db
      .selectFrom('collection_sounds')
      .innerJoin('library', 'library.sound_key', 'collection_sounds.sound_key')
      .selectAll('library')
      .select('position')
      .where('collection_key', '=', key)
      .where('position', '>', after)
      .where(every(seenBy(this.viewer, 'library')))
      .orderBy('position')
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: await toSounds(this.sql, page),
      nextCursor: rows.length > limit && last ? encodeCursor(last.position) : null,
      total: counted.total,
    };
  }

  add(id: string, soundIds: readonly string[]): Promise<Added> {
    return this.changing(id, soundIds, (order, found) => {
      const outcome: Added = { added: [], already: [], notFound: [] };
      const next = [...order];
      const present = new Set(order);
      for (const soundId of new Set(soundIds)) {
        const soundKey = found.get(soundId);
        if (soundKey === undefined) outcome.notFound.push(soundId);
        else if (present.has(soundKey)) outcome.already.push(soundId);
        else {
          next.push(soundKey);
          outcome.added.push(soundId);
        }
      }
      return { next, outcome };
    });
  }

  remove(id: string, soundIds: readonly string[]): Promise<Removed> {
    return this.changing(id, soundIds, (order, found) => {
      const outcome: Removed = { removed: [], notFound: [] };
      const present = new Set(order);
      const leaving = new Set<SoundKey>();
      for (const soundId of new Set(soundIds)) {
        const soundKey = found.get(soundId);
        if (soundKey === undefined || !present.has(soundKey)) outcome.notFound.push(soundId);
        else {
          leaving.add(soundKey);
          outcome.removed.push(soundId);
        }
      }
      return { next: order.filter((soundKey) => !leaving.has(soundKey)), outcome };
    });
  }

  move(id: string, soundIds: readonly string[], before: string | null): Promise<void> {
    return this.changing(id, before === null ? soundIds : [...soundIds, before], (order, found) => {
      const present = new Set(order);
      const moving = soundIds.flatMap((soundId) => found.get(soundId) ?? []).filter((key) => present.has(key));
      const target = before === null ? null : found.get(before);
      if (target === undefined || (target !== null && !present.has(target))) throw notFound('sound', before!);
      return { next: moved(order, new Set(moving), target), outcome: undefined };
    });
  }

  private inBin(): RawBuilder<boolean>[] {
    return collectionsSeenBy(this.viewer, 'collections', { deleted: true });
  }

  private async binnedOne(sql: Sql, id: string): Promise<BinnedCollection | null> {
    const conditions = every([raw`id = ${id}`, ...this.inBin()]);
    const [row] = await select(sql, this.viewer, raw`WHERE ${conditions}`);
    return row ? toBinned(row) : null;
  }

  private one(sql: Sql, id: string): Promise<Collection | null> {
    return one(sql, this.viewer, raw`id = ${id}`);
  }

  /** Changes the order of a collection, knowing the keys of the sounds that are named. */
  private changing<T>(
    id: string,
    soundIds: readonly string[],
    change: (order: readonly SoundKey[], found: ReadonlyMap<string, SoundKey>) => { next: SoundKey[]; outcome: T },
  ): Promise<T> {
    return this.sql.transaction(async (tx) => {
      const key = await keyOf(tx, id, { lock: true });
      const members = await tx.db
        .selectFrom('collection_sounds')
        .select('sound_key')
        .where('collection_key', '=', key)
        .orderBy('position')
        .execute();
      const named = await tx.db
        .selectFrom('library')
        .select(['id', 'sound_key'])
        .where('id', 'in', tx.dialect.texts(new List(soundIds)))
        .where(every(seenBy(this.viewer)))
        .execute();
      const { next, outcome } = change(
        members.map((row) => row.sound_key),
        new Map(named.map((row) => [row.id, row.sound_key])),
      );
      await tx.db.deleteFrom('collection_sounds').where('collection_key', '=', key).execute();
      await raw`INSERT INTO collection_sounds (collection_key, sound_key, position)
        SELECT ${key}, value, place FROM ${tx.dialect.numbered(new List(next))} AS listed`.execute(tx.db);
      await tx.db.updateTable('collections').set({ updated_at: now() }).where('collection_key', '=', key).execute();
      return outcome;
    });
  }
}

/**
 * Nobody takes a name, in this process or another, until the transaction ends.
 * @param except the collection that may have it
 * @throws DomainError `conflict` when another one has it that the viewer sees
 */
async function take(tx: Sql, among: Viewer, name: string, except: string | null = null): Promise<void> {
  await tx.dialect.alone(tx, 'names of collections');
  const other = await one(tx, among, raw`name_folded = ${fold(name.trim())} AND id IS DISTINCT FROM ${except}`);
  if (other) throw collectionNameTaken(other.name);
}

async function one(sql: Sql, viewer: Viewer, condition: RawBuilder<boolean>): Promise<Collection | null> {
  const conditions = every([condition, ...collectionsSeenBy(viewer, 'collections')]);
  const [row] = await select(sql, viewer, raw`WHERE ${conditions} ORDER BY collection_key LIMIT 1`);
  return row ? toCollection(row) : null;
}

async function select({ db }: Sql, viewer: Viewer, rest: RawBuilder<unknown>): Promise<CollectionRow[]> {
  const { rows } = await raw<CollectionRow>`
    SELECT collections.*,
      (SELECT count(*) FROM collection_sounds
       WHERE collection_key = collections.collection_key AND ${inLibraryOf(viewer)}) AS sounds,
      (SELECT coalesce(sum(duration_s), 0.0) FROM collection_sounds JOIN library USING (sound_key)
       WHERE ${every([raw`collection_key = collections.collection_key`, ...seenBy(viewer, 'library')])}) AS duration_s
    FROM collections ${rest}`.execute(db);
  return rows;
}

/** @param options.lock nobody else changes the collection until the transaction ends */
async function keyOf({ db, dialect }: Sql, id: string, { lock = false } = {}): Promise<number> {
  const row = await db
    .selectFrom('collections')
    .select('collection_key')
    .where('id', '=', id)
    .$if(lock && dialect.locksRows, (query) => query.forUpdate())
    .executeTakeFirst();
  return row?.collection_key ?? 0;
}

const toCollection = (row: CollectionRow): Collection => ({
  id: row.id,
  name: row.name,
  description: row.description,
  sounds: row.sounds,
  durationS: row.duration_s,
  ownerId: row.owner_id,
  visibility: row.visibility,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const toBinned = (row: CollectionRow): BinnedCollection => ({ ...toCollection(row), deletedAt: row.deleted_at! });
