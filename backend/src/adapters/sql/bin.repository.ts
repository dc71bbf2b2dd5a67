import { sql as raw } from 'kysely';
import { z } from 'zod';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type { BinnedSound, BinRepository } from '../../domain/library/bin.ports.js';
import type { Page, Sound } from '../../domain/library/library.types.js';
import { seenBy } from './access.js';
import { every } from './sound.condition.js';
import { List, type Sql, type Storage } from './dialect.js';
import { holdSounds } from './held-sounds.js';
import { WAITING } from './job.repository.js';
import { lacksActiveModel, queueEmbeddingOf } from './model.state.js';
import { forgetPlaces, LIES_IN_FOLDERS, liesInFolders, waitForPlaces } from './placed.repository.js';
import { indexWords, toSounds } from './sound.rows.js';
import { decodeCursor, encodeCursor, now } from './values.js';

const cursorSchema = z.object({ at: z.string(), key: z.int() });
/** Later than any time. */
const NEVER = '\u{FFFF}';

export class SqlBinRepository implements BinRepository {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  put(ids: readonly string[]): Promise<string[]> {
    return this.sql.transaction(async (tx) => {
      await holdSounds(tx, { ids });
      const found = await tx.db
        .selectFrom('library')
        .select(['sound_key', 'id'])
        .where('id', 'in', tx.dialect.texts(new List(ids)))
        .where(every(seenBy(this.viewer)))
        .execute();
      const deleted = now();
      for (const { sound_key: key } of found) {
        await tx.db.insertInto('bin').values({ sound_key: key, deleted_at: deleted }).execute();
      }
      await tx.dialect.words.changed(tx);
      return found.map(({ id }) => id);
    });
  }

  async list({ limit, cursor }: { limit: number; cursor?: string | undefined }): Promise<Page<BinnedSound>> {
    const { at, key } = cursor === undefined ? { at: NEVER, key: 0 } : decodeCursor(cursor, cursorSchema);
    const rows = await this.binned(this.sql)
      .selectAll('sounds')
      .select('deleted_at')
      .where(raw<boolean>`(deleted_at, bin.sound_key) < (${at}, ${key})`)
      .orderBy('deleted_at', 'desc')
      .orderBy('bin.sound_key', 'desc')
      .limit(limit + 1)
      .execute();
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const sounds = await toSounds(this.sql, page);
    return {
      items: page.map(({ deleted_at: deletedAt }, place) => ({ sound: sounds[place]!, deletedAt })),
      nextCursor: rows.length > limit && last ? encodeCursor({ at: last.deleted_at, key: last.sound_key }) : null,
      total: (await this.sums()).sounds,
    };
  }

  async sums(): Promise<{ sounds: number; bytes: number }> {
    return await this.binned(this.sql)
      .select(({ fn }) => [
        fn.countAll<number>().as('sounds'),
        raw<number>`coalesce(sum(CASE WHEN ${LIES_IN_FOLDERS} THEN 0 ELSE size_bytes END), 0)`.as('bytes'),
      ])
      .executeTakeFirstOrThrow();
  }

  async findBySha256(sha256: string): Promise<Sound | null> {
    const rows = await this.binned(this.sql).selectAll('sounds').where('sha256', '=', sha256).execute();
    return (await toSounds(this.sql, rows))[0] ?? null;
  }

  async ids(limit: number, before = NEVER): Promise<string[]> {
    const rows = await this.binned(this.sql)
      .select('id')
      .where('deleted_at', '<=', before)
      .orderBy('deleted_at')
      .orderBy('bin.sound_key')
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  }

  async hashes(): Promise<string[]> {
    const rows = await this.binned(this.sql).select('sha256').execute();
    return rows.map(({ sha256 }) => sha256);
  }

  restore(ids: readonly string[]): Promise<Awaited<ReturnType<BinRepository['restore']>>> {
    return this.sql.transaction(async (tx) => {
      await holdSounds(tx, { ids });
      const found = await this.binned(tx)
        .select(['id', 'bin.sound_key as key', 'status'])
        .where('id', 'in', tx.dialect.texts(new List(ids)))
        .execute();
      await waitForPlaces(
        tx,
        found.map(({ key }) => key),
      );
      const openJobs: string[] = [];
      const unheard: string[] = [];
      for (const { id, key, status } of found) {
        openJobs.push(...(await restoreOne(tx, key, status === 'ready')));
        if (status === 'ready' && (await lacksActiveModel(tx, key))) unheard.push(id);
      }
      return { restored: found.map(({ id }) => id), openJobs, unheard };
    });
  }

  async hashesOf(ids: readonly string[]): Promise<string[]> {
    const rows = await this.sql.db
      .selectFrom('sounds')
      .select('sha256')
      .where('id', 'in', this.sql.dialect.texts(new List(ids)))
      .where(every(seenBy(this.viewer)))
      .execute();
    return rows.map(({ sha256 }) => sha256);
  }

  erase(
    ids: readonly string[],
    from: 'bin' | 'anywhere',
  ): Promise<{ id: string; sha256: string; storedBytes: number }[]> {
    return this.sql.transaction(async (tx) => {
      await holdSounds(tx, { ids });
      const gone = await tx.db
        .deleteFrom('sounds')
        .where('id', 'in', tx.dialect.texts(new List(ids)))
        .where(every(seenBy(this.viewer)))
        .$if(from === 'bin', (query) =>
          query.where('sound_key', 'in', (eb) => eb.selectFrom('bin').select('sound_key')),
        )
        .returning(['id', 'sha256', 'size_bytes as sizeBytes'])
        .execute();
      const hashes = gone.map(({ sha256 }) => sha256);
      const elsewhere = await liesInFolders(tx, hashes);
      await forgetPlaces(tx, hashes);
      await tx.dialect.words.changed(tx);
      return gone.map(({ sizeBytes, ...each }) => ({
        ...each,
        storedBytes: elsewhere.has(each.sha256) ? 0 : sizeBytes,
      }));
    });
  }

  private binned({ db }: Sql) {
    return db
      .selectFrom('bin')
      .innerJoin('sounds', 'sounds.sound_key', 'bin.sound_key')
      .where(every(seenBy(this.viewer, 'sounds')));
  }

  async isUsed(sha256: string): Promise<boolean> {
    const row = await this.sql.db.selectFrom('sounds').select('id').where('sha256', '=', sha256).executeTakeFirst();
    return row !== undefined;
  }

  async used(hashes: readonly string[]): Promise<string[]> {
    const rows = await this.sql.db
      .selectFrom('sounds')
      .select('sha256')
      .distinct()
      .where('sha256', 'in', this.sql.dialect.texts(new List(hashes)))
      .execute();
    return rows.map(({ sha256 }) => sha256);
  }

  async leftovers(among?: readonly string[]): Promise<string[]> {
    const { db, dialect } = this.sql;
    const rows = await db
      .selectFrom('leftovers')
      .select('sha256')
      .where('since', '<=', now())
      .$if(among !== undefined, (query) => query.where('sha256', 'in', dialect.texts(new List(among!))))
      .execute();
    return rows.map(({ sha256 }) => sha256);
  }

  async noteLeftover(sha256: string, from: string): Promise<void> {
    await this.sql.db
      .insertInto('leftovers')
      .values({ sha256, since: from })
      .onConflict((is) => is.column('sha256').doUpdateSet({ since: from }))
      .execute();
  }

  async forgetLeftovers(hashes: readonly string[]): Promise<void> {
    await this.sql.db
      .deleteFrom('leftovers')
      .where('sha256', 'in', this.sql.dialect.texts(new List(hashes)))
      .execute();
  }
}

/** @returns ids of its jobs that had not ended: they wait again */
async function restoreOne(tx: Sql, key: number, ready: boolean): Promise<string[]> {
  const { db } = tx;
  await db.deleteFrom('bin').where('sound_key', '=', key).execute();
  await db
    .deleteFrom('index_changes')
    .where('segment_id', 'in', (eb) => eb.selectFrom('segments').select('id').where('sound_key', '=', key))
    .execute();
  await raw`INSERT INTO index_changes (op, segment_id)
    SELECT 'add', id FROM segments WHERE sound_key = ${key} ORDER BY id`.execute(db);
  await indexWords(tx, key);
  if (ready) await queueEmbeddingOf(tx, key);
  const jobs = await db
    .updateTable('jobs')
    .set(WAITING)
    .where('sound_key', '=', key)
    .where('state', 'in', ['queued', 'active'])
    .returning('id')
    .execute();
  return jobs.map(({ id }) => id);
}
