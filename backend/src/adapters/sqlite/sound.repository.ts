import { artistsOf } from '../../domain/library/artists.js';
import type { SoundRepository } from '../../domain/library/library.ports.js';
import type {
  ListRequest,
  Page,
  Peaks,
  Sound,
  SoundFilters,
  SoundKey,
  SoundPatch,
  SoundSort,
} from '../../domain/library/library.types.js';
import type { Database } from './database.js';
import { matchAllWords } from './keyword.query.js';
import { decodeCursor, encodeCursor, type Cursor } from './sound.cursor.js';
import { acceptTags, rejectTags } from './tag.rows.js';
import {
  conditionFor,
  indexWords,
  replaceTags,
  toSounds,
  writeMetadata,
  type Condition,
  type SoundRow,
} from './sound.rows.js';

type SortedRow = SoundRow & { title_folded: string; artist_folded: string | null; key_folded: string | null };

/** What each sort orders by; the key makes the order total. `added` needs no column: keys only grow. */
const SORT_COLUMNS: Readonly<Record<SoundSort, { column: string; of: (row: SortedRow) => string | number | null }>> = {
  added: { column: 'sound_key', of: (row) => row.sound_key },
  title: { column: 'title_folded', of: (row) => row.title_folded },
  artist: { column: 'artist_folded', of: (row) => row.artist_folded },
  duration: { column: 'duration_s', of: (row) => row.duration_s },
  size: { column: 'size_bytes', of: (row) => row.size_bytes },
  bpm: { column: 'bpm', of: (row) => row.bpm },
  key: { column: 'key_folded', of: (row) => row.key_folded },
};

const TEXT_FIELDS = ['title', 'artist', 'album', 'genre', 'description', 'key'] as const;

export class SqliteSoundRepository implements SoundRepository {
  constructor(private readonly db: Database) {}

  get(id: string): Sound | null {
    return this.first(this.db.prepare<[string], SoundRow>('SELECT * FROM library WHERE id = ?').get(id));
  }

  several(ids: readonly string[]): Sound[] {
    return ids.flatMap((id) => this.get(id) ?? []);
  }

  findBySha256(sha256: string): Sound | null {
    return this.first(this.db.prepare<[string], SoundRow>('SELECT * FROM library WHERE sha256 = ?').get(sha256));
  }

  getByKeys(keys: readonly SoundKey[]): Sound[] {
    const rows = this.db
      .prepare<[string], SoundRow>('SELECT * FROM library WHERE sound_key IN (SELECT value FROM json_each(?))')
      .all(JSON.stringify(keys));
    const byKey = new Map(toSounds(this.db, rows).map((sound) => [sound.soundKey, sound]));
    return keys.flatMap((key) => byKey.get(key) ?? []);
  }

  list(request: ListRequest): Page<Sound> {
    const { sort, order, limit } = request;
    const { where, params } = listCondition(this.db, request);
    // All of a table is counted at once, without looking at its rows.
    const count =
      where.length === 0
        ? 'SELECT (SELECT count(*) FROM sounds) - (SELECT count(*) FROM bin)'
        : `SELECT count(*) FROM library ${joined(where)}`;
    const total = this.db
      .prepare<unknown[], number>(count)
      .pluck()
      .get(...params)!;
    if (request.cursor !== undefined) {
      const after = afterCursor(decodeCursor(request.cursor, sort, order));
      where.push(after.sql);
      params.push(...after.params);
    }
    const { column, of } = SORT_COLUMNS[sort];
    const rows = this.db
      .prepare<unknown[], SortedRow>(
        `SELECT * FROM library ${joined(where)} ORDER BY ${column} ${order} NULLS LAST, sound_key ${order} LIMIT ?`,
      )
      .all(...params, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: toSounds(this.db, page),
      nextCursor:
        rows.length > limit && last ? encodeCursor({ sort, order, value: of(last), key: last.sound_key }) : null,
      total,
    };
  }

  ids(request: Omit<ListRequest, 'cursor'>): { ids: string[]; total: number } {
    const { where, params } = listCondition(this.db, request);
    const { column } = SORT_COLUMNS[request.sort];
    const { order, limit } = request;
    const all = this.db
      .prepare<unknown[], string>(
        `SELECT id FROM library ${joined(where)} ORDER BY ${column} ${order} NULLS LAST, sound_key ${order}`,
      )
      .pluck()
      .all(...params);
    return { ids: all.slice(0, limit), total: all.length };
  }

  keysMatching(filters: SoundFilters): Int32Array | null {
    const { where, params } = conditionFor(filters);
    if (where.length === 0) return null;
    const keys = this.db
      .prepare<unknown[], number>(`SELECT sound_key FROM library ${joined(where)} ORDER BY sound_key`)
      .pluck()
      .all(...params);
    return Int32Array.from(keys);
  }

  update(id: string, patch: SoundPatch): Sound | null {
    return this.db
      .transaction((): Sound | null => {
        const row = this.db.prepare<[string], SoundRow>('SELECT * FROM library WHERE id = ?').get(id);
        if (!row) return null;
        const edited = new Set(JSON.parse(row.edited) as string[]);
        const next = { ...row };
        for (const field of TEXT_FIELDS) {
          const value = patch[field];
          if (value === undefined) continue;
          next[field] = value?.trim() ? value.trim() : null;
          edited.add(field);
        }
        if (patch.key !== undefined) {
          next.key_source = next.key === null ? null : 'user';
          next.key_confidence = null;
        }
        if (patch.bpm !== undefined) {
          next.bpm = patch.bpm;
          next.bpm_source = patch.bpm === null ? null : 'user';
          next.bpm_confidence = null;
          edited.add('bpm');
        }
        const artists = patch.artist === undefined ? undefined : artistsOf(next.artist);
        writeMetadata(this.db, next, artists);
        this.db
          .prepare('UPDATE sounds SET edited = ?, updated_at = ? WHERE sound_key = ?')
          .run(JSON.stringify([...edited].sort()), new Date().toISOString(), row.sound_key);
        if (patch.tags) replaceTags(this.db, row.sound_key, 'user', patch.tags);
        if (patch.rejectTags) rejectTags(this.db, row.sound_key, patch.rejectTags);
        if (patch.acceptTags) acceptTags(this.db, row.sound_key, patch.acceptTags);
        indexWords(this.db, row.sound_key);
        return this.get(id);
      })
      .immediate();
  }

  peaks(id: string): Peaks | null {
    const row = this.db
      .prepare<[string], { bucket_s: number; min_max: Buffer }>(
        'SELECT bucket_s, min_max FROM peaks JOIN library USING (sound_key) WHERE id = ?',
      )
      .get(id);
    return row ? { bucketS: row.bucket_s, minMax: new Int8Array(row.min_max) } : null;
  }

  counts(): Awaited<ReturnType<SoundRepository['counts']>> {
    return this.db
      .prepare<[], Awaited<ReturnType<SoundRepository['counts']>>>(
        `SELECT count(*) AS total,
                count(*) FILTER (WHERE status = 'ready') AS ready,
                count(*) FILTER (WHERE status = 'processing') AS processing,
                count(*) FILTER (WHERE status = 'failed') AS failed,
                coalesce(sum(duration_s), 0.0) AS durationS,
                coalesce(sum(size_bytes), 0) AS sizeBytes
         FROM library`,
      )
      .get()!;
  }

  allIds(): string[] {
    return this.db.prepare<[], string>('SELECT id FROM library ORDER BY sound_key').pluck().all();
  }

  private first(row: SoundRow | undefined): Sound | null {
    return row ? (toSounds(this.db, [row])[0] ?? null) : null;
  }
}

/** Filters and words together. Words of which nothing is left leave nothing. */
function listCondition(db: Database, { filters, text }: Pick<ListRequest, 'filters' | 'text'>): Condition {
  const condition = conditionFor(filters);
  if (text === undefined || text.trim() === '') return condition;
  const match = matchAllWords(db, text);
  if (match === null) condition.where.push('FALSE');
  else {
    condition.where.push('sound_key IN (SELECT rowid FROM sound_words WHERE sound_words MATCH ?)');
    condition.params.push(match);
  }
  return condition;
}

const joined = (where: readonly string[]): string => (where.length > 0 ? `WHERE ${where.join(' AND ')}` : '');

/** Rows behind the cursor in an order whose last rows are those without a value. */
function afterCursor({ sort, order, value, key }: Cursor): { sql: string; params: (string | number)[] } {
  const { column } = SORT_COLUMNS[sort];
  const beyond = order === 'asc' ? '>' : '<';
  if (sort === 'added') return { sql: `sound_key ${beyond} ?`, params: [key] };
  if (value === null) return { sql: `(${column} IS NULL AND sound_key ${beyond} ?)`, params: [key] };
  return {
    sql: `(${column} ${beyond} ? OR (${column} = ? AND sound_key ${beyond} ?) OR ${column} IS NULL)`,
    params: [value, value, key],
  };
}
