import type { QueryCount, UsageLog, UsageSlice } from '../../domain/analytics/usage.ports.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import type { Database } from './database.js';
import { IN_LIBRARY } from './sound.rows.js';

const TABLES = ['search_log', 'play_log'] as const;
type Table = (typeof TABLES)[number];

/** Reads what `SqliteSearchLog` wrote, and keeps the plays. */
export class SqliteUsageLog implements UsageLog {
  constructor(private readonly db: Database) {}

  recordPlay(soundKey: SoundKey, atLeastApartS: number): boolean {
    const now = Date.now();
    const iso = (ms: number): string => new Date(ms).toISOString();
    return (
      this.db
        .prepare(
          `INSERT INTO play_log (sound_key, created_at) SELECT sound_key, ? FROM library WHERE sound_key = ?
           AND NOT EXISTS (SELECT 1 FROM play_log WHERE sound_key = ? AND created_at > ?)`,
        )
        .run(iso(now), soundKey, soundKey, iso(now - 1000 * atLeastApartS)).changes > 0
    );
  }

  slice(from: string, to: string): UsageSlice {
    const searches = this.db
      .prepare<[string, string], [number, number]>(
        'SELECT took_ms, result_count FROM search_log WHERE created_at >= ? AND created_at < ?',
      )
      .raw()
      .all(from, to);
    const count = (table: 'play_log' | 'sounds'): number =>
      this.db
        .prepare<[string, string], number>(
          `SELECT count(*) FROM ${table} WHERE created_at >= ? AND created_at < ? AND ${IN_LIBRARY}`,
        )
        .pluck()
        .get(from, to)!;
    return {
      searches: searches.length,
      unanswered: searches.filter(([, results]) => results === 0).length,
      latenciesMs: searches.map(([tookMs]) => tookMs),
      plays: count('play_log'),
      uploads: count('sounds'),
    };
  }

  topQueries(from: string, which: 'all' | 'unanswered', limit: number): QueryCount[] {
    return this.db
      .prepare<[string, number], QueryCount>(
        `SELECT query, count(*) AS count, max(created_at) AS lastAt FROM search_log
         WHERE created_at >= ? AND query <> '' ${which === 'unanswered' ? 'AND result_count = 0' : ''}
         GROUP BY query_folded ORDER BY count DESC, lastAt DESC LIMIT ?`,
      )
      .all(from, limit);
  }

  topSounds(from: string, limit: number): { soundKey: SoundKey; plays: number; lastAt: string }[] {
    return this.db
      .prepare<[string, number], { soundKey: SoundKey; plays: number; lastAt: string }>(
        `SELECT sound_key AS soundKey, count(*) AS plays, max(created_at) AS lastAt FROM play_log
         WHERE created_at >= ? AND ${IN_LIBRARY} GROUP BY sound_key ORDER BY plays DESC, lastAt DESC LIMIT ?`,
      )
      .all(from, limit);
  }

  counts(): { searches: number; plays: number; oldestAt: string | null } {
    return this.db
      .prepare<[], { searches: number; plays: number; oldestAt: string | null }>(
        `SELECT (SELECT count(*) FROM search_log) AS searches, (SELECT count(*) FROM play_log) AS plays,
         (SELECT min(at) FROM (SELECT min(created_at) AS at FROM search_log
                               UNION ALL SELECT min(created_at) FROM play_log)) AS oldestAt`,
      )
      .get()!;
  }

  forget(before?: string): { searches: number; plays: number } {
    const from = (table: Table): number =>
      before === undefined
        ? this.db.prepare(`DELETE FROM ${table}`).run().changes
        : this.db.prepare(`DELETE FROM ${table} WHERE created_at < ?`).run(before).changes;
    return this.db.transaction(() => ({ searches: from('search_log'), plays: from('play_log') }))();
  }

  prune(before: string, keep: number, limit: number): number {
    let gone = 0;
    for (const table of TABLES) {
      gone += this.db
        .prepare(
          `DELETE FROM ${table} WHERE id IN (
             SELECT id FROM ${table} WHERE created_at < ?
             UNION SELECT id FROM ${table} WHERE id <= (SELECT id FROM ${table} ORDER BY id DESC LIMIT 1 OFFSET ?)
             LIMIT ?)`,
        )
        .run(before, keep, limit).changes;
    }
    return gone;
  }
}
