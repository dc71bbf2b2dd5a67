import type { CompletedField, Completions } from '../../domain/search/search.ports.js';
import type { Database } from './database.js';
import { AFTER_ALL } from './keyword.query.js';
import { IN_LIBRARY, stemOf } from './sound.rows.js';

/**
 * Values of the library that start with a folded prefix (from, to), most used first. They are counted in the index alone;
 * how the few that are returned are written is looked up after.
 */
const mostUsed = (table: string, value: string, folded: string): string =>
  `SELECT (SELECT ${value} FROM ${table} WHERE ${folded} = counted.folded LIMIT 1)
   FROM (SELECT ${folded} AS folded, count(*) AS uses FROM ${table}
         WHERE ${folded} >= ? AND ${folded} < ? AND ${IN_LIBRARY}
         GROUP BY ${folded} ORDER BY uses DESC, ${folded} LIMIT ?) AS counted
   ORDER BY uses DESC, folded`;

const VALUES: Readonly<Record<CompletedField, string>> = {
  tag: mostUsed('tags', 'name', 'name_folded'),
  artist: mostUsed('sound_artists', 'name', 'name_folded'),
  genre: mostUsed('sounds', 'genre', 'genre_folded'),
  format: `SELECT extension FROM library WHERE extension >= ? AND extension < ? AND extension <> ''
           GROUP BY extension ORDER BY count(*) DESC, extension LIMIT ?`,
  key: mostUsed('sounds', 'key', 'key_folded'),
  collection: `SELECT name FROM collections WHERE name_folded >= ? AND name_folded < ? ORDER BY name_folded LIMIT ?`,
};

export class SqliteCompletions implements Completions {
  constructor(private readonly db: Database) {}

  queries(prefix: string, limit: number): string[] {
    return this.db
      .prepare<unknown[], string>(
        `SELECT query FROM search_log
         WHERE query_folded >= ? AND query_folded < ? AND query <> '' AND result_count > 0
           AND query NOT GLOB '*like:*' AND query NOT GLOB '*clip:*'
         GROUP BY query_folded ORDER BY count(*) DESC, max(id) DESC LIMIT ?`,
      )
      .pluck()
      .all(prefix, prefix + AFTER_ALL, limit);
  }

  values(field: CompletedField, prefix: string, limit: number): string[] {
    return this.db
      .prepare<unknown[], string>(VALUES[field])
      .pluck()
      .all(prefix, prefix + AFTER_ALL, limit);
  }

  names(words: readonly string[], limit: number): { id: string; name: string }[] {
    type Row = { id: string; title: string | null; filename: string };
    const prefix = words.join(' ');
    const starting = this.db
      .prepare<unknown[], Row>(
        `SELECT id, title, filename FROM library
         WHERE processed_at IS NOT NULL AND title_folded >= ? AND title_folded < ? ORDER BY title_folded LIMIT ?`,
      )
      .all(prefix, prefix + AFTER_ALL, limit);
    const containing =
      words.length === 0 || starting.length >= limit
        ? []
        : this.db
            .prepare<unknown[], Row>(
              `SELECT id, title, filename FROM library
               WHERE sound_key IN (SELECT rowid FROM sound_words WHERE sound_words MATCH ? LIMIT ?)
                 AND processed_at IS NOT NULL ORDER BY title_folded`,
            )
            .all(`{title filename} : (${words.map((word) => `"${word}" *`).join(' AND ')})`, 2 * limit);
    const found = new Map([...starting, ...containing].map((row) => [row.id, row]));
    return [...found.values()]
      .slice(0, limit)
      .map(({ id, title, filename }) => ({ id, name: title ?? stemOf(filename) }));
  }
}
