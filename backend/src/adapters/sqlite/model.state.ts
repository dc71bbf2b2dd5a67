import type { Segment } from '../../domain/ingest/ingest.types.js';
import type { ModelState } from '../../domain/models/models.ports.js';
import {
  embeddingJobId,
  type EmbeddingCounts,
  type EmbeddingJob,
  type ModelIdentity,
  type ModelSwitch,
} from '../../domain/models/models.types.js';
import { durably, type Database } from './database.js';
import { insertSegments } from './segment.rows.js';
import { hearingOf, type SoundRow } from './sound.rows.js';

const ACTIVE_ID = 'model.active.id';
const ACTIVE_KEY = 'model.active.key';
const CHOSEN = 'model.chosen';

/** A row of `embed_jobs` that the present switch still wants done. */
const WANTED = `FROM embed_jobs JOIN library AS sounds USING (sound_key) JOIN model_switch ON target_key = model_key
  WHERE embed_jobs.id = ? AND model_switch.state <> 'failed' AND embed_jobs.state IN ('queued', 'active')`;

/** Ready sounds without vectors of the target. */
const LACKING = `sounds.status = 'ready' AND NOT EXISTS
  (SELECT 1 FROM segments WHERE segments.sound_key = sounds.sound_key AND segments.model_key = target_key)`;

export class SqliteModelState implements ModelState {
  constructor(private readonly db: Database) {}

  active(): ModelIdentity | null {
    const id = this.setting(ACTIVE_ID);
    const key = this.setting(ACTIVE_KEY);
    return id !== null && key !== null ? { id, key } : null;
  }

  setActive(model: ModelIdentity): void {
    durably(this.db, () => this.recordActive(model));
  }

  chosen(): string | null {
    return this.setting(CHOSEN);
  }

  choose(id: string): void {
    durably(this.db, () => this.set(CHOSEN, id));
  }

  switch(): ModelSwitch | null {
    const row = this.db
      .prepare<[], { target_id: string; target_key: string | null; state: ModelSwitch['state']; error: string | null }>(
        'SELECT target_id, target_key, state, error FROM model_switch',
      )
      .get();
    return row ? { targetId: row.target_id, targetKey: row.target_key, state: row.state, error: row.error } : null;
  }

  requestSwitch(targetId: string): void {
    durably(this.db, () => {
      this.db.exec('DELETE FROM embed_jobs');
      this.db
        .prepare("INSERT OR REPLACE INTO model_switch (only_one, target_id, state) VALUES (1, ?, 'running')")
        .run(targetId);
    });
  }

  beginSwitch(targetKey: string): void {
    durably(this.db, () => {
      this.db.prepare('UPDATE model_switch SET target_key = ?').run(targetKey);
      this.db.prepare('DELETE FROM embed_jobs WHERE model_key <> ?').run(targetKey);
      this.addMissingJobs();
    });
  }

  setSwitchState(state: ModelSwitch['state'], error?: string): void {
    durably(this.db, () => {
      this.db.prepare('UPDATE model_switch SET state = ?, error = ?').run(state, error ?? null);
    });
  }

  cancelSwitch(): void {
    durably(this.db, () => this.endSwitch());
  }

  addMissingJobs(): number {
    return queueEmbedding(this.db, LACKING);
  }

  counts(): EmbeddingCounts {
    const rows = this.db
      .prepare<[], { state: string; count: number; seconds: number }>(
        'SELECT state, count(*) AS count, sum(duration_s) AS seconds FROM embed_jobs GROUP BY state',
      )
      .all();
    const counts: EmbeddingCounts = { total: 0, done: 0, failed: 0, open: 0, doneS: 0, openS: 0 };
    for (const { state, count, seconds } of rows) {
      counts.total += count;
      if (state === 'failed') counts.failed += count;
      if (state === 'done') {
        counts.done += count;
        counts.doneS += seconds;
      } else if (state !== 'failed') {
        counts.open += count;
        counts.openS += seconds;
      }
    }
    return counts;
  }

  openJobs(limit: number): string[] {
    return this.db
      .prepare<[number], string>("SELECT id FROM embed_jobs WHERE state IN ('active', 'queued') ORDER BY rowid LIMIT ?")
      .pluck()
      .all(limit);
  }

  commitSwitch(target: ModelIdentity): boolean {
    return durably(this.db, (): boolean => {
      const { targetId, targetKey, state } = this.switch() ?? {};
      if (targetId !== target.id || targetKey !== target.key || state !== 'running') return false;
      if (this.counts().open > 0 || this.addMissingJobs() > 0) return false;
      this.db
        .prepare(
          `UPDATE sounds SET status = 'failed', updated_at = ?, error = embed_jobs.error FROM embed_jobs, model_switch
           WHERE embed_jobs.sound_key = sounds.sound_key AND embed_jobs.state = 'failed' AND ${LACKING}`,
        )
        .run(new Date().toISOString());
      this.recordActive(target);
      this.endSwitch();
      return true;
    });
  }

  dropForeignSegments(limit: number): number {
    return this.db
      .prepare(
        `DELETE FROM segments WHERE id IN
           (SELECT id FROM segments WHERE model_key NOT IN
             (SELECT value FROM settings WHERE name = '${ACTIVE_KEY}'
              UNION ALL SELECT target_key FROM model_switch WHERE target_key IS NOT NULL)
            LIMIT ?)
         AND EXISTS (SELECT 1 FROM settings WHERE name = '${ACTIVE_KEY}')`,
      )
      .run(limit).changes;
  }

  startJob(jobId: string): EmbeddingJob | null {
    return this.db
      .transaction((): EmbeddingJob | null => {
        const row = this.db
          .prepare<
            [string],
            Pick<SoundRow, 'sha256' | 'hearing' | 'channels' | 'status'> & {
              sound_id: string;
              target_id: string;
              model_key: string;
              attempts: number;
            }
          >(
            `SELECT sounds.id AS sound_id, sha256, hearing, channels, sounds.status, target_id, model_key, attempts ${WANTED} AND model_switch.state = 'running'`,
          )
          .get(jobId);
        if (!row) return null;
        this.db
          .prepare("UPDATE embed_jobs SET state = 'active', attempts = attempts + 1, error = NULL WHERE id = ?")
          .run(jobId);
        return {
          id: jobId,
          soundId: row.sound_id,
          sha256: row.sha256,
          hearing: hearingOf(row),
          model: { id: row.target_id, key: row.model_key },
          attempts: row.attempts + 1,
        };
      })
      .immediate();
  }

  completeJob(jobId: string, segments: readonly Segment[]): boolean {
    return this.db
      .transaction((): boolean => {
        const row = this.db
          .prepare<[string], { sound_key: number; model_key: string }>(`SELECT sound_key, model_key ${WANTED}`)
          .get(jobId);
        if (!row) return false;
        this.db.prepare('DELETE FROM segments WHERE sound_key = ? AND model_key = ?').run(row.sound_key, row.model_key);
        insertSegments(this.db, row.sound_key, row.model_key, segments);
        this.db.prepare("UPDATE embed_jobs SET state = 'done', error = NULL WHERE id = ?").run(jobId);
        return true;
      })
      .immediate();
  }

  requeueJob(jobId: string): void {
    this.db.prepare("UPDATE embed_jobs SET state = 'queued' WHERE id = ? AND state = 'active'").run(jobId);
  }

  failJob(jobId: string, reason: string): void {
    this.db
      .prepare("UPDATE embed_jobs SET state = 'failed', error = ? WHERE id = ? AND state IN ('queued', 'active')")
      .run(reason, jobId);
  }

  private recordActive({ id, key }: ModelIdentity): void {
    this.set(ACTIVE_ID, id);
    this.set(ACTIVE_KEY, key);
  }

  private endSwitch(): void {
    this.db.exec('DELETE FROM model_switch; DELETE FROM embed_jobs');
  }

  private setting(name: string): string | null {
    return this.db.prepare<[string], string>('SELECT value FROM settings WHERE name = ?').pluck().get(name) ?? null;
  }

  private set(name: string, value: string): void {
    this.db.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)').run(name, value);
  }
}

/** Whether vectors with this key may be saved: they are of the active model, or none was ever recorded. */
export function isActiveModel(db: Database, modelKey: string): boolean {
  const key = db.prepare<[], string>(`SELECT value FROM settings WHERE name = '${ACTIVE_KEY}'`).pluck().get();
  return key === undefined || key === modelKey;
}

/** Whether a sound is ready but has no vectors of the active model: another was active when it was processed. */
export function lacksActiveModel(db: Database, soundKey: number): boolean {
  return (
    db
      .prepare(
        `SELECT 1 FROM sounds JOIN settings ON name = '${ACTIVE_KEY}' WHERE sound_key = ? AND status = 'ready' AND NOT EXISTS
           (SELECT 1 FROM segments WHERE segments.sound_key = sounds.sound_key AND model_key = value)`,
      )
      .get(soundKey) !== undefined
  );
}

/** Has a sound embedded with the target of the present switch, if there is one. */
export function queueEmbeddingOf(db: Database, soundKey: number): void {
  queueEmbedding(db, 'sounds.sound_key = ?', soundKey);
}

/** Failed jobs are not tried again: their sound would keep the switch from ending. */
function queueEmbedding(db: Database, condition: string, ...params: number[]): number {
  const id = `'${embeddingJobId("' || target_key || '", "' || sounds.id || '")}'`;
  return db
    .prepare(
      `INSERT INTO embed_jobs (id, sound_key, model_key, duration_s)
       SELECT ${id}, sounds.sound_key, target_key, coalesce(sounds.duration_s, 0.0) FROM library AS sounds, model_switch
       WHERE target_key IS NOT NULL AND ${condition} ORDER BY sounds.sound_key
       ON CONFLICT (id) DO UPDATE SET state = 'queued', attempts = 0 WHERE embed_jobs.state = 'done'`,
    )
    .run(...params).changes;
}
