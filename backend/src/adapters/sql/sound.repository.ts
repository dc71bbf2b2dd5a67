import { sql as raw, type RawBuilder } from 'kysely';
import { z } from 'zod';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import { artistsOf } from '../../domain/library/artists.js';
import { edit } from '../../domain/library/edits.js';
import type { SoundRepository } from '../../domain/library/library.ports.js';
import {
  SOUND_SORTS,
  type ListPlace,
  type ListRequest,
  type Page,
  type Peaks,
  type Sound,
  type SoundFilters,
  type SoundKey,
  type SoundPatch,
  type SoundSort,
} from '../../domain/library/library.types.js';
import { mustBeAsKnown, type Known } from '../../domain/library/meanwhile.js';
import { seenBy } from './access.js';
import { List, type Sql, type Storage } from './dialect.js';
import { holdSounds } from './held-sounds.js';
import { hot } from './hot.js';
import { wantedOf } from './keyword.query.js';
import { columnsOf, editableOf } from './music.rows.js';
import { conditionsFor, every } from './sound.condition.js';
import { editedOf, indexWords, replaceTags, toSounds, writeMetadata, type SoundRow } from './sound.rows.js';
import { acceptTags, rejectTags } from './tag.rows.js';
import { badCursor, decodeCursor, encodeCursor, inOrderOf, now } from './values.js';

/** What each sort orders by; the key makes the order total. `added` needs no column: keys only grow. */
const SORT_COLUMNS = {
  added: 'sound_key',
  title: 'title_folded',
  artist: 'artist_folded',
  duration: 'duration_s',
  size: 'size_bytes',
  bpm: 'bpm',
  key: 'key_folded',
  loudness: 'loudness_lufs',
  brightness: 'brightness_hz',
  track: 'album_place',
  recorded: 'recorded',
} as const satisfies Record<SoundSort, keyof SoundRow>;

/** Empty where a file was asked and does not say: such come last, as those that nobody asked. */
const sortedBy = (sort: SoundSort): RawBuilder<unknown> =>
  sort === 'recorded' ? raw`nullif(recorded, '')` : raw.ref(SORT_COLUMNS[sort]);
const sortValue = (row: SoundRow, sort: SoundSort): string | number | null =>
  sort === 'recorded' ? row.recorded || null : row[SORT_COLUMNS[sort]];

/** Where a page ended: the sort it belongs to, the last row's value and key. */
const cursorSchema = z.object({
  sort: z.enum(SOUND_SORTS),
  order: z.enum(['asc', 'desc']),
  value: z.union([z.string(), z.number(), z.null()]),
  key: z.number().int().nonnegative(),
});
type Cursor = z.infer<typeof cursorSchema>;

/** As statements of their own for those who see everything: they ask for no more than that. */
const allByKeys = hot(({ db, dialect }: Sql, keys: List<number>) =>
  db.selectFrom('library').selectAll().where('sound_key', 'in', dialect.keys(keys)),
);
const allById = hot(({ db }: Sql, id: string) => db.selectFrom('library').selectAll().where('id', '=', id));

const byKeys = (sql: Sql, viewer: Viewer, keys: readonly SoundKey[]): Promise<SoundRow[]> =>
  viewer.id === null
    ? allByKeys(sql, new List(keys))
    : sql.db
        .selectFrom('library')
        .selectAll()
        .where('sound_key', 'in', sql.dialect.keys(new List(keys)))
        .where(every(seenBy(viewer)))
        .execute();
const byId = (sql: Sql, viewer: Viewer, id: string): Promise<SoundRow[]> =>
  viewer.id === null
    ? allById(sql, id)
    : sql.db
        .selectFrom('library')
        .selectAll()
        .where('id', '=', id)
        .where(every(seenBy(viewer)))
        .execute();

export class SqlSoundRepository implements SoundRepository {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  async get(id: string): Promise<Sound | null> {
    return this.first(await byId(this.sql, this.viewer, id));
  }

  async several(ids: readonly string[]): Promise<Sound[]> {
    const rows = await this.sql.db
      .selectFrom('library')
      .selectAll()
      .where('id', 'in', this.sql.dialect.texts(new List(ids)))
      .where(every(this.scope))
      .execute();
    return inOrderOf(ids, await toSounds(this.sql, rows), ({ id }) => id);
  }

  async findBySha256(sha256: string): Promise<Sound | null> {
    const rows = await this.sql.db
      .selectFrom('library')
      .selectAll()
      .where('sha256', '=', sha256)
      .where(every(this.scope))
      .orderBy(raw`CASE WHEN owner_id = ${this.viewer.id} THEN 0 ELSE 1 END`)
      .orderBy('sound_key')
      .limit(1)
      .execute();
    return this.first(rows);
  }

  async getByKeys(keys: readonly SoundKey[]): Promise<Sound[]> {
    const rows = await byKeys(this.sql, this.viewer, keys);
    return inOrderOf(keys, await toSounds(this.sql, rows), ({ soundKey }) => soundKey);
  }

  async list(request: ListRequest): Promise<Page<Sound>> {
    const { sort, order, limit } = request;
    const conditions = await this.listConditions(request);
    const after = request.cursor === undefined ? [] : [afterCursor(cursorOf(request.cursor, sort, order))];
    const total = await this.count(conditions);
    const rows = await this.sql.db
      .selectFrom('library')
      .selectAll()
      .where(every([...conditions, ...after]))
      .orderBy(inOrder(sort, order))
      .limit(limit + 1)
      .offset(request.offset ?? 0)
      .execute();
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    const cursor: Cursor | null = last ? { sort, order, value: sortValue(last, sort), key: last.sound_key } : null;
    return {
      items: await toSounds(this.sql, page),
      nextCursor: cursor && encodeCursor(cursor),
      total,
    };
  }

  async ids(request: Omit<ListRequest, 'cursor'>): Promise<{ ids: string[]; total: number }> {
    const rows = await this.sql.db
      .selectFrom('library')
      .select('id')
      .where(every(await this.listConditions(request)))
      .orderBy(inOrder(request.sort, request.order))
      .execute();
    return { ids: rows.slice(0, request.limit).map(({ id }) => id), total: rows.length };
  }

  async places(request: Omit<ListRequest, 'cursor' | 'offset'>): Promise<{ places: ListPlace[]; total: number }> {
    const { sort, order, limit } = request;
    const conditions = await this.listConditions(request);
    const total = await this.count(conditions);
    const step = Math.max(1, Math.ceil(total / limit));
    const { rows } = await raw<{ offset: number; value: string | number | null }>`
      WITH ranked AS (
        SELECT ${sort === 'added' ? raw.ref('created_at') : sortedBy(sort)} AS value,
          row_number() OVER (ORDER BY ${inOrder(sort, order)}) - 1 AS place
        FROM library WHERE ${every(conditions)})
      SELECT place AS "offset", value FROM ranked WHERE place % ${raw.lit(step)} = 0 ORDER BY place`.execute(
      this.sql.db,
    );
    return { places: rows.map(({ offset, value }) => ({ offset: Number(offset), value: shortened(value) })), total };
  }

  async inOrder(keys: readonly SoundKey[], sort: SoundSort, order: 'asc' | 'desc'): Promise<SoundKey[]> {
    const rows = await this.sql.db
      .selectFrom('library')
      .select('sound_key')
      .where('sound_key', 'in', this.sql.dialect.keys(new List(keys)))
      .where(every(this.scope))
      .orderBy(inOrder(sort, order))
      .execute();
    return rows.map((row) => row.sound_key);
  }

  async keysMatching(filters: SoundFilters): Promise<Int32Array | null> {
    const conditions = conditionsFor(this.sql.dialect, filters, this.viewer);
    if (conditions.length === 0) return null;
    const rows = await this.sql.db
      .selectFrom('library')
      .select('sound_key')
      .where(every([...conditions, ...this.scope]))
      .orderBy('sound_key')
      .execute();
    return Int32Array.from(rows, (row) => row.sound_key);
  }

  update(id: string, patch: SoundPatch, known?: Known): Promise<Sound | null> {
    return this.sql.transaction(async (tx): Promise<Sound | null> => {
      // Another who writes it waits here, and reads then what was written.
      await holdSounds(tx, { ids: [id] });
      const [row] = await byId(tx, this.viewer, id);
      if (!row) return null;
      if (known) mustBeAsKnown((await toSounds(tx, [row]))[0]!, known);
      const { next, edited } = edit(editableOf(row), editedOf(row), patch);
      const artists = patch.artist === undefined ? undefined : artistsOf(next.artist);
      const { sound_key: key, filename } = row;
      await writeMetadata(tx, key, { filename, ...columnsOf(next) }, artists);
      await tx.db
        .updateTable('sounds')
        .set({ edited: JSON.stringify([...edited].sort()), updated_at: now() })
        .where('sound_key', '=', key)
        .execute();
      if (patch.tags) await replaceTags(tx, key, 'user', patch.tags);
      if (patch.rejectTags) await rejectTags(tx, key, patch.rejectTags);
      if (patch.acceptTags) await acceptTags(tx, key, patch.acceptTags);
      await indexWords(tx, key);
      return (await toSounds(tx, await byId(tx, this.viewer, id)))[0] ?? null;
    });
  }

  async peaks(id: string): Promise<Peaks | null> {
    const row = await this.sql.db
      .selectFrom('peaks')
      .innerJoin('library', 'library.sound_key', 'peaks.sound_key')
      .select(['bucket_s', 'min_max'])
      .where('id', '=', id)
      .where(every(seenBy(this.viewer, 'library')))
      .executeTakeFirst();
    return row ? { bucketS: row.bucket_s, minMax: new Int8Array(row.min_max) } : null;
  }

  async counts(): Promise<Awaited<ReturnType<SoundRepository['counts']>>> {
    return await this.sql.db
      .selectFrom('library')
      .select(({ fn }) => [
        fn.countAll<number>().as('total'),
        fn.countAll<number>().filterWhere('status', '=', 'ready').as('ready'),
        fn.countAll<number>().filterWhere('status', '=', 'processing').as('processing'),
        fn.countAll<number>().filterWhere('status', '=', 'failed').as('failed'),
        raw<number>`coalesce(sum(duration_s), 0.0)`.as('durationS'),
        raw<number>`coalesce(sum(size_bytes), 0)`.as('sizeBytes'),
      ])
      .where(every(this.scope))
      .executeTakeFirstOrThrow();
  }

  async keptBytes(): Promise<number> {
    const files = this.sql.db
      .selectFrom('library')
      .select(({ fn }) => fn.max('size_bytes').as('bytes'))
      .where(every(this.scope))
      .where((sql) => {
        const places = sql
          .selectFrom('placed_files')
          .select('path')
          .whereRef('placed_files.sha256', '=', 'library.sha256');
        return sql.or([sql.not(sql.exists(places)), sql.exists(places.where('kept', '=', 1))]);
      })
      .groupBy('sha256');
    const { bytes } = await this.sql.db
      .selectFrom(files.as('files'))
      .select(raw<number>`coalesce(sum(bytes), 0)`.as('bytes'))
      .executeTakeFirstOrThrow();
    return Number(bytes);
  }

  async allIds(): Promise<string[]> {
    const rows = await this.sql.db
      .selectFrom('library')
      .select('id')
      .where(every(this.scope))
      .orderBy('sound_key')
      .execute();
    return rows.map(({ id }) => id);
  }

  async hidden(): Promise<SoundKey[]> {
    const scope = seenBy(this.viewer);
    if (scope.length === 0) return [];
    const rows = await this.sql.db
      .selectFrom('sounds')
      .select('sound_key')
      .where('visibility', '<>', 'public')
      .where(raw<boolean>`NOT ${every(scope)}`)
      .orderBy('sound_key')
      .execute();
    return rows.map((row) => row.sound_key);
  }

  private get scope(): RawBuilder<boolean>[] {
    return seenBy(this.viewer);
  }

  /** Filters and words together, of what the viewer may see. Words of which nothing is left leave nothing. */
  private async listConditions({
    filters,
    text,
  }: Pick<ListRequest, 'filters' | 'text'>): Promise<RawBuilder<boolean>[]> {
    const { dialect } = this.sql;
    const conditions = [...conditionsFor(dialect, filters, this.viewer), ...this.scope];
    if (text === undefined || text.trim() === '') return conditions;
    const wanted = await wantedOf(this.sql, text);
    return [...conditions, wanted.length === 0 ? raw`FALSE` : dialect.words.has(wanted)];
  }

  /** All of a table is counted at once, without looking at its rows. */
  private async count(conditions: readonly RawBuilder<boolean>[]): Promise<number> {
    const counted =
      conditions.length === 0
        ? raw<{ total: number }>`SELECT (SELECT count(*) FROM sounds) - (SELECT count(*) FROM bin) AS total`
        : raw<{ total: number }>`SELECT count(*) AS total FROM library WHERE ${every(conditions)}`;
    return (await counted.execute(this.sql.db)).rows[0]!.total;
  }

  private async first(rows: readonly SoundRow[]): Promise<Sound | null> {
    return (await toSounds(this.sql, rows.slice(0, 1)))[0] ?? null;
  }
}

const PLACE_CHARACTERS = 40;
const shortened = (value: string | number | null): string | number | null =>
  typeof value === 'string' ? [...value].slice(0, PLACE_CHARACTERS).join('') : value;

const inOrder = (sort: SoundSort, order: 'asc' | 'desc'): RawBuilder<unknown> => {
  const direction = raw.raw(order);
  return raw`${sortedBy(sort)} ${direction} NULLS LAST, sound_key ${direction}`;
};

/** Rows behind the cursor in an order whose last rows are those without a value. */
function afterCursor({ sort, order, value, key }: Cursor): RawBuilder<boolean> {
  const column = sortedBy(sort);
  const beyond = raw.raw(order === 'asc' ? '>' : '<');
  if (sort === 'added') return raw`sound_key ${beyond} ${key}`;
  if (value === null) return raw`(${column} IS NULL AND sound_key ${beyond} ${key})`;
  return raw`(${column} ${beyond} ${value} OR (${column} = ${value} AND sound_key ${beyond} ${key}) OR ${column} IS NULL)`;
}

/** @throws DomainError `invalid_input` when the text is no cursor, or one of a list sorted otherwise. */
function cursorOf(text: string, sort: SoundSort, order: 'asc' | 'desc'): Cursor {
  const cursor = decodeCursor(text, cursorSchema);
  if (cursor.sort !== sort || cursor.order !== order) throw badCursor();
  return cursor;
}
