import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Chapter, SoundKey } from '../../domain/library/library.types.js';
import type { MarkerRepository } from '../../domain/markers/markers.ports.js';
import type { Marker, MarkerPatch, NewMarker } from '../../domain/markers/markers.types.js';
import { List, type Sql, type Storage } from './dialect.js';
import type { Schema } from './schema.js';
import { indexWords } from './sound.rows.js';
import { now } from './values.js';

export class SqlMarkerRepository implements MarkerRepository {
  constructor(private readonly sql: Storage) {}

  async of(soundId: string): Promise<Marker[]> {
    const key = await keyOf(this.sql, soundId);
    return key === null ? [] : ((await this.ofSounds([key])).get(key) ?? []);
  }

  async ofSounds(keys: readonly SoundKey[]): Promise<Map<SoundKey, Marker[]>> {
    const rows = await this.sql.db
      .selectFrom('markers')
      .selectAll()
      .where('sound_key', 'in', this.sql.dialect.keys(new List(keys)))
      .orderBy('sound_key')
      .orderBy('start_s')
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    const bySound = new Map<SoundKey, Marker[]>();
    for (const row of rows) {
      const list = bySound.get(row.sound_key);
      if (list) list.push(toMarker(row));
      else bySound.set(row.sound_key, [toMarker(row)]);
    }
    return bySound;
  }

  add(soundId: string, markers: readonly ({ id: string } & NewMarker)[], most: number): Promise<Marker[] | null> {
    return this.sql.transaction(async (tx) => {
      const key = await keyOf(tx, soundId, { lock: true });
      if (key === null) return null;
      const { count } = await tx.db
        .selectFrom('markers')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('sound_key', '=', key)
        .where('source', '=', 'own')
        .executeTakeFirstOrThrow();
      if (count + markers.length > most) return null;
      const at = now();
      const rows = markers.map(({ id, startS, endS, text, colour }) => ({
        id,
        sound_key: key,
        source: 'own' as const,
        start_s: startS,
        end_s: endS,
        text,
        colour,
        created_at: at,
        updated_at: at,
      }));
      for (const row of rows) await tx.db.insertInto('markers').values(row).execute();
      await indexWords(tx, key);
      return rows.map(toMarker);
    });
  }

  change(soundId: string, id: string, { startS, endS, text, colour }: MarkerPatch): Promise<Marker | null> {
    return this.sql.transaction(async (tx) => {
      const key = await keyOf(tx, soundId, { lock: true });
      if (key === null) return null;
      const row = await tx.db
        .updateTable('markers')
        .set({
          updated_at: now(),
          ...(startS === undefined ? {} : { start_s: startS }),
          ...(endS === undefined ? {} : { end_s: endS }),
          ...(text === undefined ? {} : { text }),
          ...(colour === undefined ? {} : { colour }),
        })
        .where('id', '=', id)
        .where('sound_key', '=', key)
        .where('source', '=', 'own')
        .returningAll()
        .executeTakeFirst();
      if (!row) return null;
      if (text !== undefined) await indexWords(tx, key);
      return toMarker(row);
    });
  }

  delete(soundId: string, id: string): Promise<boolean> {
    return this.sql.transaction(async (tx) => {
      const key = await keyOf(tx, soundId, { lock: true });
      if (key === null) return false;
      const { numDeletedRows } = await tx.db
        .deleteFrom('markers')
        .where('id', '=', id)
        .where('sound_key', '=', key)
        .where('source', '=', 'own')
        .executeTakeFirst();
      if (numDeletedRows === 0n) return false;
      await indexWords(tx, key);
      return true;
    });
  }
}

/** What the file says now, in place of what it said before. The words are for the caller to index. */
export async function replaceChapters({ db }: Sql, key: SoundKey, chapters: readonly Chapter[]): Promise<void> {
  await db.deleteFrom('markers').where('sound_key', '=', key).where('source', '=', 'file').execute();
  const at = now();
  for (const { startS, endS, title } of chapters) {
    const place = { start_s: startS, end_s: endS, text: title, colour: null };
    const row = { id: randomUUID(), sound_key: key, source: 'file' as const, created_at: at, updated_at: at };
    await db
      .insertInto('markers')
      .values({ ...row, ...place })
      .execute();
  }
}

/** @param options.lock the words of the sound are not written by another until the transaction ends */
async function keyOf({ db, dialect }: Sql, soundId: string, { lock = false } = {}): Promise<SoundKey | null> {
  const row = await db
    .selectFrom('sounds')
    .select('sound_key')
    .where('id', '=', soundId)
    .where('sound_key', 'not in', db.selectFrom('bin').select('sound_key'))
    .$if(lock && dialect.locksRows, (query) => query.forUpdate())
    .executeTakeFirst();
  return row?.sound_key ?? null;
}

const toMarker = (row: Selectable<Schema['markers']>): Marker => ({
  id: row.id,
  source: row.source,
  startS: row.start_s,
  endS: row.end_s,
  text: row.text,
  colour: row.colour,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
