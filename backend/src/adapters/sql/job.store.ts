import { sql as raw, type RawBuilder } from 'kysely';
import { z } from 'zod';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type { Hold, JobOutcome, JobStore } from '../../domain/jobs/jobs.ports.js';
import type { Job, JobFilter, JobKind, JobProgress, JobState } from '../../domain/jobs/jobs.types.js';
import { because, state } from '../../domain/reasons.js';
import { seenBy } from './access.js';
import { List, type Sql, type Storage } from './dialect.js';
import { every } from './sound.condition.js';
import { decodeCursor, encodeCursor, now } from './values.js';

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
const STATE = raw<JobState>`CASE WHEN kind = 'process' AND jobs.state = 'failed'
  AND jobs.error IN (${raw.join(STOPPED.map((reason) => raw.lit(reason)))}) THEN 'cancelled' ELSE jobs.state END`;
/** Jobs of sounds in the bin are out of sight, as those are; those about the whole library for who does not run it. */
const all = (viewer: Viewer): RawBuilder<unknown> =>
  raw`FROM jobs LEFT JOIN library AS sounds USING (sound_key) WHERE (${viewer.runs ? raw`jobs.sound_key IS NULL` : raw`FALSE`} OR
    (${every([raw`sounds.id IS NOT NULL`, ...seenBy(viewer, 'sounds')])}))`;
const COLUMNS = raw` jobs.id, kind, coalesce(subject, sounds.id) AS subject,
  coalesce(nullif(sounds.title, ''), sounds.filename, (SELECT path FROM folders WHERE folders.id = jobs.subject)) AS name,
  owner, ${STATE} AS state, stage, progress, detail, result,
  jobs.error, cancelling, attempts, jobs.created_at, started_at, finished_at`;
const UNFINISHED = raw<boolean>`state IN ('queued', 'active')`;

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

/** Holds are of seconds: one that is far ahead is of a process whose clock was, and that may be gone for long. */
const FAR_MS = 3_600_000;

const isOver = (until: RawBuilder<unknown>, at: string): RawBuilder<boolean> =>
  raw`(${until} <= ${at} OR ${until} > ${new Date(Date.parse(at) + FAR_MS).toISOString()})`;

export class SqlJobStore implements JobStore {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  async list(
    { kinds, states, soundId }: JobFilter,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: Job[]; nextCursor: string | null; total: number }> {
    const among = (expression: RawBuilder<unknown>, values: readonly string[] = []): RawBuilder<boolean>[] =>
      values.length === 0 ? [] : [raw`${expression} IN ${this.sql.dialect.texts(new List(values))}`];
    const conditions = [
      ...among(raw`kind`, kinds),
      ...among(STATE, states),
      ...among(raw`sounds.id`, soundId === undefined ? [] : [soundId]),
    ];
    const counted = raw<{ total: number }>`SELECT count(*) AS total ${all(this.viewer)} AND ${every(conditions)}`;
    const { total } = (await counted.execute(this.sql.db)).rows[0]!;
    if (cursor !== undefined) {
      const [at, id] = decodeCursor(cursor, cursorSchema);
      conditions.push(raw`(jobs.created_at, jobs.id) < (${at}, ${id})`);
    }
    const found = await jobs(
      this.sql,
      this.viewer,
      raw`${every(conditions)} ORDER BY jobs.created_at DESC, jobs.id DESC LIMIT ${limit + 1}`,
    );
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const nextCursor = found.length > limit && last ? encodeCursor([last.createdAt, last.id]) : null;
    return { items, nextCursor, total };
  }

  get(id: string): Promise<Job | null> {
    return one(this.sql, this.viewer, id);
  }

  several(ids: readonly string[]): Promise<Job[]> {
    return jobs(this.sql, this.viewer, raw`jobs.id IN ${this.sql.dialect.texts(new List(ids))}`);
  }

  latest(kinds: readonly JobKind[]): Promise<Job[]> {
    return jobs(
      this.sql,
      this.viewer,
      raw`jobs.sound_key IS NULL AND kind IN ${this.sql.dialect.texts(new List(kinds))} AND NOT EXISTS (
        SELECT 1 FROM jobs AS newer WHERE newer.kind = jobs.kind AND newer.subject IS NOT DISTINCT FROM jobs.subject
          AND newer.sound_key IS NULL AND (newer.created_at, newer.id) > (jobs.created_at, jobs.id))
        ORDER BY jobs.created_at DESC, jobs.id DESC`,
    );
  }

  begin({ id, kind, subject, owner }: Pick<Job, 'id' | 'kind' | 'subject' | 'owner'>, hold: Hold): Promise<Job | null> {
    return this.sql.transaction(async (tx): Promise<Job | null> => {
      const at = now();
      // One that is unfinished keeps this one out.
      await raw`INSERT INTO jobs (id, kind, subject, owner, created_at) VALUES (${id}, ${kind}, ${subject}, ${owner}, ${at})
        ON CONFLICT DO NOTHING`.execute(tx.db);
      const begun = await raw<{ id: string }>`
        UPDATE jobs SET state = 'active', stage = 'waiting', progress = 0, error = NULL, cancelling = 0,
          attempts = attempts + 1, holder = ${hold.holder}, held_until = ${hold.until},
          started_at = coalesce(started_at, ${at})
        WHERE sound_key IS NULL AND kind = ${kind} AND subject IS NOT DISTINCT FROM ${subject} AND ${UNFINISHED}
          AND (holder IS NULL OR ${isOver(raw`coalesce(held_until, '')`, at)})
        RETURNING id`.execute(tx.db);
      const job = begun.rows[0];
      return job ? one(tx, this.viewer, job.id) : null;
    });
  }

  report(id: string, { stage, progress, detail }: JobProgress, { holder, until }: Hold): Promise<boolean> {
    return this.changes(raw`
      UPDATE jobs SET stage = ${stage}, progress = ${progress}, detail = ${written(detail)}, held_until = ${until}
      WHERE id = ${id} AND holder = ${holder} AND ${UNFINISHED}`);
  }

  finish(id: string, { state, error = null, result = null }: JobOutcome, holder: string | null): Promise<boolean> {
    const progress = state === 'completed' ? raw`1` : raw`progress`;
    const held = holder === null ? raw`TRUE` : raw`holder = ${holder}`;
    return this.changes(raw`
      UPDATE jobs SET state = ${state}, error = ${error}, result = ${written(result)}, finished_at = ${now()}, holder = NULL,
        held_until = NULL, cancelling = 0, stage = 'done', progress = ${progress}
      WHERE id = ${id} AND sound_key IS NULL AND ${UNFINISHED} AND ${held}`);
  }

  async dismiss(id: string): Promise<void> {
    await this.changes(
      raw`UPDATE jobs SET state = 'cancelled' WHERE id = ${id} AND state = 'failed' AND sound_key IS NULL`,
    );
  }

  async release(id: string, holder: string): Promise<void> {
    await this.changes(raw`
      UPDATE jobs SET state = 'queued', stage = 'waiting', holder = NULL, held_until = NULL
      WHERE id = ${id} AND holder = ${holder} AND ${UNFINISHED}`);
  }

  askToCancel(id: string): Promise<boolean> {
    return this.changes(raw`UPDATE jobs SET cancelling = 1 WHERE id = ${id} AND sound_key IS NULL AND ${UNFINISHED}`);
  }

  lost(before: string): Promise<Job[]> {
    return jobs(
      this.sql,
      this.viewer,
      raw`jobs.state = 'active' AND holder IS NOT NULL AND ${isOver(raw`held_until`, before)}`,
    );
  }

  async forget(before: string): Promise<number> {
    const { numAffectedRows } = await raw`
      DELETE FROM jobs WHERE sound_key IS NULL AND NOT (${UNFINISHED}) AND finished_at < ${before} AND EXISTS (
        SELECT 1 FROM jobs AS newer WHERE newer.kind = jobs.kind AND newer.subject IS NOT DISTINCT FROM jobs.subject
          AND newer.created_at > jobs.created_at)`.execute(this.sql.db);
    return Number(numAffectedRows ?? 0n);
  }

  async oldestWaiting(): Promise<string | null> {
    const { rows } = await raw<{ at: string | null }>`
      SELECT min(created_at) AS at FROM jobs WHERE state = 'queued'`.execute(this.sql.db);
    return rows[0]?.at ?? null;
  }

  lease(name: string, { holder, until }: Hold): Promise<boolean> {
    return this.changes(raw`
      INSERT INTO leases (name, holder, held_until) VALUES (${name}, ${holder}, ${until}) ON CONFLICT (name) DO UPDATE
        SET holder = excluded.holder, held_until = excluded.held_until
        WHERE leases.holder = excluded.holder OR ${isOver(raw`leases.held_until`, now())}`);
  }

  async holders(): Promise<string[]> {
    const { rows } = await raw<{ holder: string }>`
      SELECT holder FROM leases UNION SELECT holder FROM jobs WHERE holder IS NOT NULL ORDER BY holder`.execute(
      this.sql.db,
    );
    return rows.map(({ holder }) => holder);
  }

  letGo(holder: string): Promise<void> {
    return this.sql.transaction(async ({ db }) => {
      await raw`DELETE FROM leases WHERE holder = ${holder}`.execute(db);
      await raw`UPDATE jobs SET held_until = '' WHERE holder = ${holder}`.execute(db);
    });
  }

  private async changes(statement: RawBuilder<unknown>): Promise<boolean> {
    const { numAffectedRows } = await statement.execute(this.sql.db);
    return (numAffectedRows ?? 0n) > 0n;
  }
}

async function jobs({ db }: Sql, viewer: Viewer, condition: RawBuilder<unknown>): Promise<Job[]> {
  const { rows } = await raw<Row>`SELECT ${COLUMNS} ${all(viewer)} AND ${condition}`.execute(db);
  return rows.map(toJob);
}

const one = async (sql: Sql, viewer: Viewer, id: string): Promise<Job | null> =>
  (await jobs(sql, viewer, raw`jobs.id = ${id}`))[0] ?? null;
