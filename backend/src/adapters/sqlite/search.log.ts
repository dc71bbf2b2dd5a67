import type { SearchLog } from '../../domain/search/search.ports.js';
import type { HistoryEntry } from '../../domain/search/search.types.js';
import { fold } from '../../domain/search/words.js';
import type { Database } from './database.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const TOP_QUERIES = 20;

/** Searches by sound alone are logged with an empty query: they count in the usage but make no history. */
export class SqliteSearchLog implements SearchLog {
  constructor(private readonly db: Database) {}

  record({ query, mode, resultCount, tookMs, topScore }: Parameters<SearchLog['record']>[0]): void {
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

  usage(days: number): ReturnType<SearchLog['usage']> {
    const today = Date.now();
    const dayNames = Array.from({ length: days }, (_, i) =>
      new Date(today - (days - 1 - i) * DAY_MS).toISOString().slice(0, 10),
    );
    const since = dayNames[0] ?? new Date(today).toISOString().slice(0, 10);
    const totals = this.db
      .prepare<[string], { searches: number; zeroResults: number }>(
        `SELECT count(*) AS searches, count(*) FILTER (WHERE result_count = 0) AS zeroResults
         FROM search_log WHERE created_at >= ?`,
      )
      .get(since)!;
    const perDay = (table: 'search_log' | 'sounds'): Map<string, number> =>
      new Map(
        this.db
          .prepare<[string], [string, number]>(
            `SELECT substr(created_at, 1, 10) AS day, count(*) FROM ${table} WHERE created_at >= ? GROUP BY day`,
          )
          .raw()
          .all(since),
      );
    const searches = perDay('search_log');
    const uploads = perDay('sounds');
    return {
      ...totals,
      latencyMs: { p50: this.latency(since, totals.searches, 0.5), p95: this.latency(since, totals.searches, 0.95) },
      perDay: dayNames.map((day) => ({ day, searches: searches.get(day) ?? 0, uploads: uploads.get(day) ?? 0 })),
      topQueries: this.db
        .prepare<[string, number], { query: string; count: number }>(
          `SELECT query, count(*) AS count FROM search_log WHERE created_at >= ? AND query <> ''
           GROUP BY query_folded ORDER BY count DESC, max(id) DESC LIMIT ?`,
        )
        .all(since, TOP_QUERIES),
    };
  }

  private latency(since: string, count: number, share: number): number {
    const position = Math.max(0, Math.ceil(count * share) - 1);
    return (
      this.db
        .prepare<[string, number], number>(
          'SELECT took_ms FROM search_log WHERE created_at >= ? ORDER BY took_ms LIMIT 1 OFFSET ?',
        )
        .pluck()
        .get(since, position) ?? 0
    );
  }
}
