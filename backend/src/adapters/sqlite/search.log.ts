import type { SearchLog } from '../../domain/search/search.ports.js';
import type { HistoryEntry } from '../../domain/search/search.types.js';
import { fold } from '../../domain/search/words.js';
import type { Database } from './database.js';

/** Searches by sound alone are logged with an empty query: they count in the usage but make no history. */
export class SqliteSearchLog implements SearchLog {
  /** @param recording whether searches are remembered at all */
  constructor(
    private readonly db: Database,
    private readonly recording = true,
  ) {}

  record({ query, mode, resultCount, tookMs, topScore }: Parameters<SearchLog['record']>[0]): void {
    if (!this.recording) return;
    this.db
      .prepare(
        `INSERT INTO search_log (query, query_folded, mode, result_count, took_ms, top_score, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(query, fold(query), mode, resultCount, tookMs, topScore, new Date().toISOString());
  }

  recent(limit: number): HistoryEntry[] {
    return this.db
      .prepare<[number], HistoryEntry>(
        `SELECT id, query, mode, result_count AS resultCount, took_ms AS tookMs, created_at AS createdAt FROM search_log
         WHERE id IN (SELECT max(id) FROM search_log WHERE query <> '' GROUP BY query_folded) ORDER BY id DESC LIMIT ?`,
      )
      .all(limit);
  }

  /** Forgets the query of this entry altogether, not only its latest use. */
  delete(id: number): boolean {
    return (
      this.db
        .prepare('DELETE FROM search_log WHERE query_folded = (SELECT query_folded FROM search_log WHERE id = ?)')
        .run(id).changes > 0
    );
  }

  clear(): void {
    this.db.prepare('DELETE FROM search_log').run();
  }
}
