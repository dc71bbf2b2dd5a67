import { sql as raw } from 'kysely';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import { LOCAL_OWNER } from '../../domain/accounts/actor.js';
import type { QueryCount, UsageLog, UsageSlice } from '../../domain/analytics/usage.ports.js';
import type { SoundKey } from '../../domain/library/library.types.js';
import type { Sql, Storage } from './dialect.js';
import { inLibraryOf } from './access.js';
import { ownLines } from './search.log.js';

const TABLES = ['search_log', 'play_log'] as const;
type Table = (typeof TABLES)[number];

/** Reads what `SqlSearchLog` wrote, and keeps the plays. */
export class SqlUsageLog implements UsageLog {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  async recordPlay(soundKey: SoundKey, atLeastApartS: number): Promise<boolean> {
    const ownerId = this.viewer.id ?? LOCAL_OWNER;
    const now = Date.now();
    const iso = (ms: number): string => new Date(ms).toISOString();
    const { numAffectedRows } = await raw`
      INSERT INTO play_log (sound_key, created_at, owner_id) SELECT sound_key, ${iso(now)}, ${ownerId} FROM library WHERE sound_key = ${soundKey}
      AND NOT EXISTS (SELECT 1 FROM play_log
                      WHERE sound_key = ${soundKey} AND owner_id = ${ownerId} AND created_at > ${iso(now - 1000 * atLeastApartS)})`.execute(
      this.sql.db,
    );
    return (numAffectedRows ?? 0n) > 0n;
  }

  async slice(from: string, to: string): Promise<UsageSlice> {
    const searches = await this.sql.db
      .selectFrom('search_log')
      .select(['took_ms', 'result_count'])
      .where('created_at', '>=', from)
      .where('created_at', '<', to)
      .where(ownLines(this.viewer))
      .execute();
    return {
      searches: searches.length,
      unanswered: searches.filter((row) => row.result_count === 0).length,
      latenciesMs: searches.map((row) => row.took_ms),
      plays: await this.counted('play_log', from, to),
      uploads: await this.counted('sounds', from, to),
    };
  }

  async topQueries(from: string, which: 'all' | 'unanswered', limit: number): Promise<QueryCount[]> {
    const unanswered = which === 'unanswered' ? raw`AND result_count = 0` : raw``;
    const { rows } = await raw<QueryCount>`
      SELECT query, counted.uses AS count, counted.last_at AS "lastAt" FROM search_log JOIN
        (SELECT max(id) AS id, count(*) AS uses, max(created_at) AS last_at FROM search_log
         WHERE created_at >= ${from} AND query <> '' AND ${ownLines(this.viewer)} ${unanswered} GROUP BY query_folded) AS counted
        ON counted.id = search_log.id
      ORDER BY counted.uses DESC, counted.last_at DESC LIMIT ${limit}`.execute(this.sql.db);
    return rows;
  }

  async topSounds(from: string, limit: number): Promise<{ soundKey: SoundKey; plays: number; lastAt: string }[]> {
    const { rows } = await raw<{ soundKey: SoundKey; plays: number; lastAt: string }>`
      SELECT sound_key AS "soundKey", count(*) AS plays, max(created_at) AS "lastAt" FROM play_log
      WHERE created_at >= ${from} AND ${inLibraryOf(this.viewer)}
      GROUP BY sound_key ORDER BY plays DESC, "lastAt" DESC LIMIT ${limit}`.execute(this.sql.db);
    return rows;
  }

  async recentSounds(limit: number): Promise<{ soundKey: SoundKey; lastAt: string }[]> {
    const { rows } = await raw<{ soundKey: SoundKey; lastAt: string }>`
      SELECT sound_key AS "soundKey", max(created_at) AS "lastAt" FROM play_log WHERE ${ownLines(this.viewer)} AND ${inLibraryOf(this.viewer)}
      GROUP BY sound_key ORDER BY "lastAt" DESC LIMIT ${limit}`.execute(this.sql.db);
    return rows;
  }

  async counts(): Promise<{ searches: number; plays: number; oldestAt: string | null }> {
    const own = ownLines(this.viewer);
    const { rows } = await raw<{ searches: number; plays: number; oldestAt: string | null }>`
      SELECT (SELECT count(*) FROM search_log WHERE ${own}) AS searches, (SELECT count(*) FROM play_log WHERE ${own}) AS plays,
             (SELECT min(at) FROM (SELECT min(created_at) AS at FROM search_log WHERE ${own}
                                   UNION ALL SELECT min(created_at) FROM play_log WHERE ${own}) AS first) AS "oldestAt"`.execute(
      this.sql.db,
    );
    return rows[0]!;
  }

  forget(before?: string): Promise<{ searches: number; plays: number }> {
    return this.sql.transaction(async (tx) => ({
      searches: await forgetIn(tx, 'search_log', before),
      plays: await forgetIn(tx, 'play_log', before),
    }));
  }

  async prune(before: string, keep: number, limit: number): Promise<number> {
    let gone = 0;
    for (const name of TABLES) {
      const table = raw.table(name);
      const { numAffectedRows } = await raw`
        DELETE FROM ${table} WHERE id IN (
          SELECT id FROM ${table} WHERE created_at < ${before}
          UNION SELECT id FROM ${table} WHERE id <= (SELECT id FROM ${table} ORDER BY id DESC LIMIT 1 OFFSET ${keep})
          LIMIT ${limit})`.execute(this.sql.db);
      gone += Number(numAffectedRows ?? 0n);
    }
    return gone;
  }

  private async counted(table: 'play_log' | 'sounds', from: string, to: string): Promise<number> {
    const { rows } = await raw<{ count: number }>`
      SELECT count(*) AS count FROM ${raw.table(table)} WHERE created_at >= ${from} AND created_at < ${to}
      AND ${inLibraryOf(this.viewer)}`.execute(this.sql.db);
    return rows[0]!.count;
  }
}

async function forgetIn({ db }: Sql, table: Table, before?: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom(table)
    .$if(before !== undefined, (query) => query.where('created_at', '<', before!))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
