import { sql as raw, type RawBuilder } from 'kysely';
import { foldName } from '../../domain/accounts/user-name.js';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import { stemOf } from '../../domain/library/names.js';
import type { CompletedField, Completions } from '../../domain/search/search.ports.js';
import type { Storage } from './dialect.js';
import { ownLines } from './search.log.js';
import { collectionsSeenBy, inLibraryOf, seenBy } from './access.js';
import { every } from './sound.condition.js';
import { AFTER_ALL, literally } from './values.js';

/** Where values lie, and how they are found: folded. */
const VALUES = {
  tag: ['tags', 'name', 'name_folded'],
  artist: ['sound_artists', 'name', 'name_folded'],
  genre: ['sounds', 'genre', 'genre_folded'],
  author: ['sounds', 'author', 'author_folded'],
  licence: ['sounds', 'licence', 'licence_folded'],
  format: ['sounds', 'extension', 'extension'],
  key: ['sounds', 'key', 'key_folded'],
} as const satisfies Partial<Record<CompletedField, readonly [string, string, string]>>;

export class SqlCompletions implements Completions {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  async queries(prefix: string, limit: number): Promise<string[]> {
    const { rows } = await raw<{ value: string }>`
      SELECT query AS value FROM search_log JOIN
        (SELECT max(id) AS id, count(*) AS uses FROM search_log
         WHERE ${ownLines(this.viewer)} AND query_folded >= ${prefix} AND query_folded < ${prefix + AFTER_ALL} AND query <> '' AND result_count > 0
           AND query NOT LIKE '%like:%' AND query NOT LIKE '%clip:%'
         GROUP BY query_folded) AS counted ON counted.id = search_log.id
      ORDER BY counted.uses DESC, counted.id DESC LIMIT ${limit}`.execute(this.sql.db);
    return rows.map(({ value }) => value);
  }

  async values(field: CompletedField, prefix: string, limit: number): Promise<string[]> {
    const query =
      field === 'collection'
        ? collections(this.viewer, prefix, limit)
        : field === 'folder'
          ? folders(this.viewer, prefix, limit)
          : field === 'owner'
            ? owners(this.viewer, prefix, limit)
            : mostUsed(this.viewer, VALUES[field], prefix, limit);
    const { rows } = await query.execute(this.sql.db);
    return rows.map(({ value }) => value);
  }

  async names(words: readonly string[], limit: number): Promise<{ id: string; name: string }[]> {
    const { db, dialect } = this.sql;
    const prefix = words.join(' ');
    const named = db
      .selectFrom('library')
      .select(['id', 'title', 'filename'])
      .where('processed_at', 'is not', null)
      .where(every(seenBy(this.viewer)))
      .orderBy('title_folded');
    const starting = await named
      .where('title_folded', '>=', prefix)
      .where('title_folded', '<', prefix + AFTER_ALL)
      .limit(limit)
      .execute();
    const wanted = words.map((word) => ({
      anyOf: [{ words: [word], open: true }],
      in: ['title', 'filename'] as const,
    }));
    const containing =
      words.length === 0 || starting.length >= limit
        ? []
        : await named.where(dialect.words.has(wanted, 2 * limit)).execute();
    const found = new Map([...starting, ...containing].map((row) => [row.id, row]));
    return [...found.values()]
      .slice(0, limit)
      .map(({ id, title, filename }) => ({ id, name: title ?? stemOf(filename) }));
  }
}

/**
 * Values of the library that start with a folded prefix, most used first. They are counted in the index alone; how the few
 * that are returned are written is looked up after.
 */
function mostUsed(
  viewer: Viewer,
  [tableName, valueName, foldedName]: (typeof VALUES)[keyof typeof VALUES],
  prefix: string,
  limit: number,
): RawBuilder<{ value: string }> {
  const [table, value, folded] = [raw.table(tableName), raw.ref(valueName), raw.ref(foldedName)];
  const inLibrary = inLibraryOf(viewer);
  return raw`
    SELECT (SELECT ${value} FROM ${table} WHERE ${folded} = counted.folded AND ${inLibrary} LIMIT 1) AS value
    FROM (SELECT ${folded} AS folded, count(*) AS uses FROM ${table}
          WHERE ${folded} >= ${prefix} AND ${folded} < ${prefix + AFTER_ALL} AND ${folded} <> ''
            AND ${inLibrary}
          GROUP BY ${folded} ORDER BY uses DESC, folded LIMIT ${limit}) AS counted
    ORDER BY uses DESC, folded`;
}

const collections = (viewer: Viewer, prefix: string, limit: number): RawBuilder<{ value: string }> =>
  raw`SELECT name AS value FROM collections
    WHERE ${every([raw`name_folded >= ${prefix} AND name_folded < ${prefix + AFTER_ALL}`, ...collectionsSeenBy(viewer)])}
    ORDER BY name_folded LIMIT ${limit}`;

/** Those of whom there is something to see. */
const owners = (viewer: Viewer, prefix: string, limit: number): RawBuilder<{ value: string }> =>
  raw`SELECT name AS value FROM users
    WHERE name_folded >= ${foldName(prefix)} AND name_folded < ${foldName(prefix) + AFTER_ALL}
      AND EXISTS (SELECT 1 FROM library WHERE ${every([raw`owner_id = users.id`, ...seenBy(viewer, 'library')])})
    ORDER BY name_folded LIMIT ${limit}`;

/** Any part of a path may begin with what is typed; the shortest paths first. */
const folders = (viewer: Viewer, prefix: string, limit: number): RawBuilder<{ value: string }> =>
  raw`SELECT '/' || folder AS value FROM origins
    WHERE '/' || folder_folded LIKE ${`%/${literally(prefix.replace(/^\/+/, ''))}%`} ESCAPE '\\' AND ${inLibraryOf(viewer)}
    GROUP BY folder ORDER BY length(folder), folder LIMIT ${limit}`;
