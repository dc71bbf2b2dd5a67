import { sql as raw, type RawBuilder } from 'kysely';
import { LOCAL_OWNER } from '../../domain/accounts/actor.js';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type { SearchLine, SearchLog } from '../../domain/search/search.ports.js';
import type { HistoryEntry } from '../../domain/search/search.types.js';
import { fold } from '../../domain/search/words.js';
import type { Storage } from './dialect.js';
import type { Schema } from './schema.js';
import type { Insertable } from 'kysely';
import { now } from './values.js';

/** Of the log of searches: the own lines of whoever looks; all, where there is nobody else. */
export const ownLines = ({ id }: Viewer): RawBuilder<boolean> => (id === null ? raw`TRUE` : raw`owner_id = ${id}`);

/** Lines that are kept while another process writes; older ones are given up. */
const MAX_WAITING = 1000;
const RETRY_MS = 100;

/** Searches by sound alone are logged with an empty query: they count in the usage but make no history. */
export class SqlSearchLog implements SearchLog {
  /** Lines that could not be written yet. */
  private readonly waiting: Insertable<Schema['search_log']>[] = [];
  private retry: NodeJS.Timeout | null = null;

  /** @param recording whether searches are remembered at all */
  constructor(
    private readonly sql: Storage,
    private readonly recording = true,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  record(line: SearchLine): Promise<void> {
    return this.recordAll([{ ...line, at: now() }]);
  }

  async recordAll(lines: Parameters<SearchLog['recordAll']>[0]): Promise<void> {
    if (!this.recording) return;
    for (const { query, mode, resultCount, tookMs, topScore, at, ownerId } of lines) {
      this.waiting.push({
        query,
        query_folded: fold(query),
        mode,
        result_count: resultCount,
        took_ms: tookMs,
        top_score: topScore,
        created_at: at,
        owner_id: ownerId ?? LOCAL_OWNER,
      });
    }
    this.waiting.splice(0, this.waiting.length - MAX_WAITING);
    await this.writeSoon();
  }

  async recent(limit: number): Promise<HistoryEntry[]> {
    return await this.sql.db
      .selectFrom('search_log')
      .select(['id', 'query', 'mode', 'result_count as resultCount', 'took_ms as tookMs', 'created_at as createdAt'])
      .$narrowType<{ mode: HistoryEntry['mode'] }>()
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('search_log')
          .select(({ fn }) => fn.max('id').as('id'))
          .where('query', '<>', '')
          .where(ownLines(this.viewer))
          .groupBy('query_folded'),
      )
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
  }

  /** Forgets the query of this entry altogether, not only its latest use. */
  async delete(id: number): Promise<boolean> {
    await this.writeSoon();
    const { numDeletedRows } = await this.sql.db
      .deleteFrom('search_log')
      .where('query_folded', '=', (eb) =>
        eb.selectFrom('search_log').select('query_folded').where('id', '=', id).where(ownLines(this.viewer)),
      )
      .where(ownLines(this.viewer))
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async clear(): Promise<void> {
    this.waiting.length = 0;
    await this.sql.db.deleteFrom('search_log').where(ownLines(this.viewer)).execute();
  }

  /** Nobody waits for a line of the log: while a worker writes, it is tried again later. */
  private async writeSoon(): Promise<void> {
    const lines = this.waiting.splice(0);
    if (lines.length === 0) return;
    const done = await this.sql.spare(async ({ db }) => {
      for (const line of lines) await db.insertInto('search_log').values(line).execute();
    });
    if (done) return;
    this.waiting.unshift(...lines);
    this.retry ??= setTimeout(() => {
      this.retry = null;
      // The storage may have been closed meanwhile; the lines are lost then, as they would be in a crash.
      this.writeSoon().catch(() => undefined);
    }, RETRY_MS).unref();
  }
}
