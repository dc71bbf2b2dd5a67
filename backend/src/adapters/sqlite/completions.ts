import type { CompletedField, Completions } from '../../domain/search/search.ports.js';
import type { Database } from './database.js';
import { AFTER_ALL } from './keyword.query.js';
import { stemOf } from './sound.rows.js';

/** Values of the library that start with a folded prefix (from, to), most used first. */
const VALUES: Readonly<Record<CompletedField, string>> = {
  tag: `SELECT name FROM tags WHERE name_folded >= ? AND name_folded < ?
        GROUP BY name_folded ORDER BY count(*) DESC, name_folded LIMIT ?`,
  artist: `SELECT artist FROM sounds WHERE artist_folded >= ? AND artist_folded < ?
           GROUP BY artist_folded ORDER BY count(*) DESC, artist_folded LIMIT ?`,
  genre: `SELECT genre FROM sounds WHERE genre_folded >= ? AND genre_folded < ?
          GROUP BY genre_folded ORDER BY count(*) DESC, genre_folded LIMIT ?`,
  format: `SELECT extension FROM sounds WHERE extension >= ? AND extension < ? AND extension <> ''
           GROUP BY extension ORDER BY count(*) DESC, extension LIMIT ?`,
  key: `SELECT key FROM sounds WHERE key_folded >= ? AND key_folded < ?
        GROUP BY key_folded ORDER BY count(*) DESC, key_folded LIMIT ?`,
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
        `SELECT id, title, filename FROM sounds
         WHERE processed_at IS NOT NULL AND title_folded >= ? AND title_folded < ? ORDER BY title_folded LIMIT ?`,
      )
      .all(prefix, prefix + AFTER_ALL, limit);
    const containing =
      words.length === 0 || starting.length >= limit
        ? []
        : this.db
            .prepare<unknown[], Row>(
              `SELECT id, title, filename FROM sounds
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
