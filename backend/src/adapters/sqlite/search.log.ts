import type { SearchLine, SearchLog } from '../../domain/search/search.ports.js';
import type { HistoryEntry } from '../../domain/search/search.types.js';
import { fold } from '../../domain/search/words.js';
import { withoutWaiting, type Database } from './database.js';

/** Lines that are kept while another process writes; older ones are given up. */
const MAX_WAITING = 1000;
const RETRY_MS = 100;

/** Searches by sound alone are logged with an empty query: they count in the usage but make no history. */
export class SqliteSearchLog implements SearchLog {
  /** Values of lines that could not be written yet. */
  private readonly waiting: unknown[][] = [];
  private retry: NodeJS.Timeout | null = null;

  /** @param recording whether searches are remembered at all */
  constructor(
    private readonly db: Database,
    private readonly recording = true,
  ) {}

  record(line: SearchLine): void {
    this.recordAll([{ ...line, at: new Date().toISOString() }]);
  }

  recordAll(lines: Parameters<SearchLog['recordAll']>[0]): void {
    if (!this.recording) return;
    for (const { query, mode, resultCount, tookMs, topScore, at } of lines) {
      this.waiting.push([query, fold(query), mode, resultCount, tookMs, topScore, at]);
    }
    this.waiting.splice(0, this.waiting.length - MAX_WAITING);
    this.writeSoon();
  }

  recent(limit: number): HistoryEntry[] {
    this.writeSoon();
    return this.db
      .prepare<[number], HistoryEntry>(
        `SELECT id, query, mode, result_count AS resultCount, took_ms AS tookMs, created_at AS createdAt FROM search_log
         WHERE id IN (SELECT max(id) FROM search_log WHERE query <> '' GROUP BY query_folded) ORDER BY id DESC LIMIT ?`,
      )
      .all(limit);
  }

  /** Forgets the query of this entry altogether, not only its latest use. */
  delete(id: number): boolean {
    this.writeSoon();
    return (
      this.db
        .prepare('DELETE FROM search_log WHERE query_folded = (SELECT query_folded FROM search_log WHERE id = ?)')
        .run(id).changes > 0
    );
  }

  clear(): void {
    this.waiting.length = 0;
    this.db.prepare('DELETE FROM search_log').run();
  }

  /** Nobody waits for a line of the log: while a worker writes, it is tried again later. */
  private writeSoon(): void {
    if (this.waiting.length === 0 || withoutWaiting(this.db, () => this.write())) return;
    this.retry ??= setTimeout(() => {
      this.retry = null;
      if (this.db.open) this.writeSoon();
    }, RETRY_MS).unref();
  }

  private write(): void {
    const insert = this.db.prepare(
      `INSERT INTO search_log (query, query_folded, mode, result_count, took_ms, top_score, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.db.transaction(() => this.waiting.forEach((line) => insert.run(...line))).immediate();
    this.waiting.length = 0;
  }
}
