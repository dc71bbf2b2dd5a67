import { z } from 'zod';
import type { Hold, JobOutcome, JobStore } from '../../../domain/jobs/jobs.ports.js';
import type { Job, JobFilter, JobKind, JobProgress, JobState } from '../../../domain/jobs/jobs.types.js';
import { decodeCursor, encodeCursor, now } from '../values.js';
import type { Database } from './database.js';
import { because, state } from '../../../domain/reasons.js';

interface Row {
  id: string;
  kind: JobKind;
  subject: string | null;
  name: string | null;
  owner: string;
  state: JobState;
  stage: string;
  progress: number;
  detail: string | null;
  result: string | null;
  error: string | null;
  cancelling: number;
  attempts: number;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

/** What rows say that were ended by a person or a newer run; the sentences are those of 0.1.0. */
const STOPPED = [
  state(because('job_cancelled')),
  state(because('job_replaced')),
  'Cancelled.',
  'Replaced by a newer run for this sound.',
];

/** What a person stopped, or a newer run of the same sound made needless, has not failed. */
const STATE = `CASE WHEN kind = 'process' AND jobs.state = 'failed'
  AND jobs.error IN (${STOPPED.map((reason) => `'${reason}'`).join(', ')}) THEN 'cancelled' ELSE jobs.state END`;
/** Jobs of sounds in the bin are out of sight, as those are. */
const ALL = `FROM jobs LEFT JOIN library AS sounds USING (sound_key) WHERE (jobs.sound_key IS NULL OR sounds.id IS NOT NULL)`;
const SELECT = `SELECT jobs.id, kind, coalesce(subject, sounds.id) AS subject,
  coalesce(nullif(sounds.title, ''), sounds.filename, (SELECT path FROM folders WHERE folders.id = jobs.subject)) AS name, owner, ${STATE} AS state, stage, progress, detail, result,
  jobs.error, cancelling, attempts, jobs.created_at, started_at, finished_at ${ALL}`;
const UNFINISHED = "state IN ('queued', 'active')";

const cursorSchema = z.tuple([z.string(), z.string()]);

const read = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
const written = (value: unknown): string | null =>
  value === undefined || value === null ? null : JSON.stringify(value);

const toJob = (row: Row): Job => ({
  id: row.id,
  kind: row.kind,
  subject: row.subject,
  name: row.name,
  owner: row.owner,
  state: row.state,
  stage: row.stage,
  progress: row.progress,
  detail: read(row.detail),
  result: read(row.result),
  error: row.state === 'cancelled' ? null : row.error,
  cancelling: row.cancelling === 1,
  attempts: row.attempts,
  createdAt: row.created_at,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
});

export class SqliteJobStore implements JobStore {
  constructor(private readonly db: Database) {}

  list(
    { kinds, states, soundId }: JobFilter,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): { items: Job[]; nextCursor: string | null; total: number } {
    const conditions: string[] = [];
    const params: string[] = [];
    const among = (expression: string, values: readonly string[] | undefined): void => {
      if (!values || values.length === 0) return;
      conditions.push(`AND ${expression} IN (SELECT value FROM json_each(?))`);
      params.push(JSON.stringify(values));
    };
    among('kind', kinds);
    among(STATE, states);
    among('sounds.id', soundId === undefined ? undefined : [soundId]);
    const where = conditions.join(' ');
    const total =
      this.db
        .prepare<string[], number>(`SELECT count(*) ${ALL} ${where}`)
        .pluck()
        .get(...params) ?? 0;
    const after = cursor === undefined ? null : decodeCursor(cursor, cursorSchema);
    const rows = this.db
      .prepare<unknown[], Row>(
        `${SELECT} ${where} ${after ? 'AND (jobs.created_at, jobs.id) < (?, ?)' : ''}
         ORDER BY jobs.created_at DESC, jobs.id DESC LIMIT ?`,
      )
      .all(...params, ...(after ?? []), limit + 1);
    const items = rows.slice(0, limit).map(toJob);
    const last = items.at(-1);
    const nextCursor = rows.length > limit && last ? encodeCursor([last.createdAt, last.id]) : null;
    return { items, nextCursor, total };
  }

  get(id: string): Job | null {
    const row = this.db.prepare<[string], Row>(`${SELECT} AND jobs.id = ?`).get(id);
    return row ? toJob(row) : null;
  }

  several(ids: readonly string[]): Job[] {
    return this.db
      .prepare<[string], Row>(`${SELECT} AND jobs.id IN (SELECT value FROM json_each(?))`)
      .all(JSON.stringify(ids))
      .map(toJob);
  }

  latest(kinds: readonly JobKind[]): Job[] {
    return this.db
      .prepare<[string], Row>(
        `${SELECT} AND jobs.sound_key IS NULL AND kind IN (SELECT value FROM json_each(?)) AND NOT EXISTS (
           SELECT 1 FROM jobs AS newer WHERE newer.kind = jobs.kind AND newer.subject IS jobs.subject AND newer.sound_key IS NULL
             AND (newer.created_at, newer.id) > (jobs.created_at, jobs.id))
         ORDER BY jobs.created_at DESC, jobs.id DESC`,
      )
      .all(JSON.stringify(kinds))
      .map(toJob);
  }

  begin({ id, kind, subject, owner }: Pick<Job, 'id' | 'kind' | 'subject' | 'owner'>, hold: Hold): Job | null {
    return this.db
      .transaction((): Job | null => {
        const open = this.db
          .prepare<[string, string | null], { id: string; holder: string | null; held_until: string | null }>(
            `SELECT id, holder, held_until FROM jobs WHERE sound_key IS NULL AND kind = ? AND subject IS ? AND ${UNFINISHED}`,
          )
          .get(kind, subject);
        const at = now();
        if (open?.holder && (open.held_until ?? '') > at) return null;
        if (!open) {
          this.db
            .prepare('INSERT INTO jobs (id, kind, subject, owner, created_at) VALUES (?, ?, ?, ?, ?)')
            .run(id, kind, subject, owner, at);
        }
        this.db
          .prepare(
            `UPDATE jobs SET state = 'active', stage = 'waiting', progress = 0, error = NULL, cancelling = 0,
               attempts = attempts + 1, holder = ?, held_until = ?, started_at = coalesce(started_at, ?) WHERE id = ?`,
          )
          .run(hold.holder, hold.until, at, open?.id ?? id);
        return this.get(open?.id ?? id);
      })
      .immediate();
  }

  report(id: string, { stage, progress, detail }: JobProgress, { holder, until }: Hold): boolean {
    const { changes } = this.db
      .prepare(
        `UPDATE jobs SET stage = ?, progress = ?, detail = ?, held_until = ? WHERE id = ? AND holder = ? AND ${UNFINISHED}`,
      )
      .run(stage, progress, written(detail), until, id, holder);
    return changes > 0;
  }

  finish(id: string, { state, error = null, result = null }: JobOutcome, holder: string | null): boolean {
    const { changes } = this.db
      .prepare(
        `UPDATE jobs SET state = ?, error = ?, result = ?, finished_at = ?, holder = NULL, held_until = NULL, cancelling = 0,
           stage = 'done', progress = CASE WHEN ? = 'completed' THEN 1 ELSE progress END
         WHERE id = ? AND sound_key IS NULL AND ${UNFINISHED} AND (? IS NULL OR holder = ?)`,
      )
      .run(state, error, written(result), now(), state, id, holder, holder);
    return changes > 0;
  }

  dismiss(id: string): void {
    this.db
      .prepare("UPDATE jobs SET state = 'cancelled' WHERE id = ? AND state = 'failed' AND sound_key IS NULL")
      .run(id);
  }

  release(id: string, holder: string): void {
    this.db
      .prepare(
        `UPDATE jobs SET state = 'queued', stage = 'waiting', holder = NULL, held_until = NULL
         WHERE id = ? AND holder = ? AND ${UNFINISHED}`,
      )
      .run(id, holder);
  }

  askToCancel(id: string): boolean {
    const asked = this.db.prepare(
      `UPDATE jobs SET cancelling = 1 WHERE id = ? AND sound_key IS NULL AND ${UNFINISHED}`,
    );
    return asked.run(id).changes > 0;
  }

  lost(before: string): Job[] {
    return this.db
      .prepare<[string], Row>(`${SELECT} AND jobs.state = 'active' AND holder IS NOT NULL AND held_until < ?`)
      .all(before)
      .map(toJob);
  }

  forget(before: string): number {
    return this.db
      .prepare(
        `DELETE FROM jobs WHERE sound_key IS NULL AND NOT (${UNFINISHED}) AND finished_at < ? AND EXISTS (
           SELECT 1 FROM jobs AS newer WHERE newer.kind = jobs.kind AND newer.subject IS jobs.subject
             AND newer.created_at > jobs.created_at)`,
      )
      .run(before).changes;
  }

  lease(name: string, { holder, until }: Hold): boolean {
    return (
      this.db
        .prepare(
          `INSERT INTO leases (name, holder, held_until) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE
             SET holder = excluded.holder, held_until = excluded.held_until
             WHERE leases.holder = excluded.holder OR leases.held_until < ?`,
        )
        .run(name, holder, until, now()).changes > 0
    );
  }

  holders(): string[] {
    return this.db
      .prepare<[], string>('SELECT holder FROM leases UNION SELECT holder FROM jobs WHERE holder IS NOT NULL')
      .pluck()
      .all();
  }

  letGo(holder: string): void {
    this.db
      .transaction(() => {
        this.db.prepare('DELETE FROM leases WHERE holder = ?').run(holder);
        this.db.prepare("UPDATE jobs SET held_until = '' WHERE holder = ?").run(holder);
      })
      .immediate();
  }
}
