import { sql as raw, type RawBuilder } from 'kysely';
import type { Segment } from '../../domain/ingest/ingest.types.js';
import type { ModelState } from '../../domain/models/models.ports.js';
import {
  embeddingJobId,
  type EmbeddingCounts,
  type EmbeddingJob,
  type ModelIdentity,
  type ModelSwitch,
} from '../../domain/models/models.types.js';
import { mayCommit } from '../../domain/models/switch.rules.js';
import type { Sql, Storage } from './dialect.js';
import { insertSegments } from './segment.rows.js';
import { setSetting, setting } from './settings.js';
import { hearingOf } from './sound.rows.js';
import { now } from './values.js';

const ACTIVE_ID = 'model.active.id';
const ACTIVE_KEY = 'model.active.key';
const CHOSEN = 'model.chosen';

/** Ready sounds without vectors of the target. */
const LACKING = raw<boolean>`sounds.status = 'ready' AND NOT EXISTS
  (SELECT 1 FROM segments WHERE segments.sound_key = sounds.sound_key AND segments.model_key = target_key)`;

export class SqlModelState implements ModelState {
  constructor(private readonly sql: Storage) {}

  async active(): Promise<ModelIdentity | null> {
    const rows = await this.sql.db
      .selectFrom('settings')
      .selectAll()
      .where('name', 'in', [ACTIVE_ID, ACTIVE_KEY])
      .execute();
    const id = rows.find(({ name }) => name === ACTIVE_ID)?.value;
    const key = rows.find(({ name }) => name === ACTIVE_KEY)?.value;
    return id !== undefined && key !== undefined ? { id, key } : null;
  }

  setActive(model: ModelIdentity): Promise<void> {
    return this.sql.transaction((tx) => recordActive(tx, model), { durable: true });
  }

  chosen(): Promise<string | null> {
    return setting(this.sql, CHOSEN);
  }

  choose(id: string): Promise<void> {
    return this.sql.transaction((tx) => setSetting(tx, CHOSEN, id), { durable: true });
  }

  switch(): Promise<ModelSwitch | null> {
    return presentSwitch(this.sql);
  }

  requestSwitch(targetId: string): Promise<void> {
    return this.sql.transaction(
      async ({ db }) => {
        await db.deleteFrom('embed_jobs').execute();
        await db.deleteFrom('model_switch').execute();
        await db.insertInto('model_switch').values({ only_one: 1, target_id: targetId, state: 'running' }).execute();
      },
      { durable: true },
    );
  }

  beginSwitch(targetKey: string): Promise<void> {
    return this.sql.transaction(
      async (tx) => {
        await tx.db.updateTable('model_switch').set({ target_key: targetKey }).execute();
        await tx.db.deleteFrom('embed_jobs').where('model_key', '<>', targetKey).execute();
        await queueEmbedding(tx, LACKING);
      },
      { durable: true },
    );
  }

  setSwitchState(state: ModelSwitch['state'], error?: string): Promise<void> {
    return this.sql.transaction(
      async ({ db }) => {
        await db
          .updateTable('model_switch')
          .set({ state, error: error ?? null })
          .execute();
      },
      { durable: true },
    );
  }

  cancelSwitch(): Promise<void> {
    return this.sql.transaction(endSwitch, { durable: true });
  }

  addMissingJobs(): Promise<number> {
    return queueEmbedding(this.sql, LACKING);
  }

  counts(): Promise<EmbeddingCounts> {
    return countJobs(this.sql);
  }

  async openJobs(limit: number): Promise<string[]> {
    const rows = await this.sql.db
      .selectFrom('embed_jobs')
      .select('id')
      .where('state', 'in', ['active', 'queued'])
      .orderBy('sound_key')
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  }

  commitSwitch(target: ModelIdentity): Promise<boolean> {
    return this.sql.transaction(
      async (tx) => {
        // What is saved for the model of now is saved before, and seen; or after, and for the target.
        await activeKey(tx, 'alone');
        const present = await presentSwitch(tx);
        const { open } = await countJobs(tx);
        if (!mayCommit(present, target, open)) return false;
        if ((await queueEmbedding(tx, LACKING)) > 0) return false;
        await raw`
          UPDATE sounds SET status = 'failed', updated_at = ${now()}, error = embed_jobs.error
          FROM embed_jobs, model_switch
          WHERE embed_jobs.sound_key = sounds.sound_key AND embed_jobs.state = 'failed' AND ${LACKING}`.execute(tx.db);
        await recordActive(tx, target);
        await endSwitch(tx);
        return true;
      },
      { durable: true },
    );
  }

  async dropForeignSegments(limit: number): Promise<number> {
    const { numAffectedRows } = await raw`
      DELETE FROM segments WHERE id IN
        (SELECT id FROM segments WHERE model_key NOT IN
          (SELECT value FROM settings WHERE name = ${ACTIVE_KEY}
           UNION ALL SELECT target_key FROM model_switch WHERE target_key IS NOT NULL)
         LIMIT ${limit})
      AND EXISTS (SELECT 1 FROM settings WHERE name = ${ACTIVE_KEY})`.execute(this.sql.db);
    return Number(numAffectedRows ?? 0n);
  }

  startJob(jobId: string): Promise<EmbeddingJob | null> {
    return this.sql.transaction(async (tx): Promise<EmbeddingJob | null> => {
      const row = await wanted(tx, jobId)
        .select(['library.id as soundId', 'sha256', 'hearing', 'channels', 'library.status as status'])
        .select(['target_id as targetId', 'model_key as modelKey', 'attempts'])
        .where('model_switch.state', '=', 'running')
        .executeTakeFirst();
      if (!row) return null;
      const attempts = row.attempts + 1;
      await tx.db
        .updateTable('embed_jobs')
        .set({ state: 'active', attempts, error: null })
        .where('id', '=', jobId)
        .execute();
      return {
        id: jobId,
        soundId: row.soundId,
        sha256: row.sha256,
        hearing: hearingOf(row),
        model: { id: row.targetId, key: row.modelKey },
        attempts,
      };
    });
  }

  completeJob(jobId: string, segments: readonly Segment[]): Promise<boolean> {
    return this.sql.transaction(async (tx): Promise<boolean> => {
      const row = await wanted(tx, jobId).select(['embed_jobs.sound_key as soundKey', 'model_key']).executeTakeFirst();
      if (!row) return false;
      await tx.db
        .deleteFrom('segments')
        .where('sound_key', '=', row.soundKey)
        .where('model_key', '=', row.model_key)
        .execute();
      await insertSegments(tx, row.soundKey, row.model_key, segments);
      await tx.db.updateTable('embed_jobs').set({ state: 'done', error: null }).where('id', '=', jobId).execute();
      return true;
    });
  }

  async requeueJob(jobId: string): Promise<void> {
    await this.sql.db
      .updateTable('embed_jobs')
      .set({ state: 'queued' })
      .where('id', '=', jobId)
      .where('state', '=', 'active')
      .execute();
  }

  async failJob(jobId: string, reason: string): Promise<void> {
    await this.sql.db
      .updateTable('embed_jobs')
      .set({ state: 'failed', error: reason })
      .where('id', '=', jobId)
      .where('state', 'in', ['queued', 'active'])
      .execute();
  }
}

/** A job that the present switch still wants done; nobody else changes it until the transaction ends. */
const wanted = ({ db, dialect }: Sql, jobId: string) =>
  db
    .selectFrom('embed_jobs')
    .innerJoin('library', 'library.sound_key', 'embed_jobs.sound_key')
    .innerJoin('model_switch', 'target_key', 'model_key')
    .where('embed_jobs.id', '=', jobId)
    .where('model_switch.state', '<>', 'failed')
    .where('embed_jobs.state', 'in', ['queued', 'active'])
    .$if(dialect.locksRows, (query) => query.forUpdate(['embed_jobs', 'model_switch']));

async function presentSwitch({ db }: Sql): Promise<ModelSwitch | null> {
  const row = await db
    .selectFrom('model_switch')
    .select(['target_id as targetId', 'target_key as targetKey', 'state', 'error'])
    .executeTakeFirst();
  return row ?? null;
}

async function countJobs({ db }: Sql): Promise<EmbeddingCounts> {
  const rows = await db
    .selectFrom('embed_jobs')
    .select(({ fn }) => ['state', fn.countAll<number>().as('count'), fn.sum<number>('duration_s').as('seconds')])
    .groupBy('state')
    .execute();
  const counts: EmbeddingCounts = { total: 0, done: 0, failed: 0, open: 0, doneS: 0, openS: 0 };
  for (const { state, count, seconds } of rows) {
    counts.total += count;
    if (state === 'failed') counts.failed += count;
    else if (state === 'done') {
      counts.done += count;
      counts.doneS += seconds;
    } else {
      counts.open += count;
      counts.openS += seconds;
    }
  }
  return counts;
}

async function recordActive(tx: Sql, { id, key }: ModelIdentity): Promise<void> {
  await setSetting(tx, ACTIVE_ID, id);
  await setSetting(tx, ACTIVE_KEY, key);
}

async function endSwitch({ db }: Sql): Promise<void> {
  await db.deleteFrom('model_switch').execute();
  await db.deleteFrom('embed_jobs').execute();
}

/**
 * Key of the model whose vectors are searched; null where none was ever recorded.
 * @param lock it stays the active one until the transaction ends; `alone` keeps others from asking so meanwhile
 */
export async function activeKey({ db, dialect }: Sql, lock?: 'shared' | 'alone'): Promise<string | null> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', ACTIVE_KEY)
    .$if(dialect.locksRows && lock === 'shared', (query) => query.forShare())
    .$if(dialect.locksRows && lock === 'alone', (query) => query.forUpdate())
    .executeTakeFirst();
  return row?.value ?? null;
}

/** Whether a sound has no vectors of the active model: another was active when it was processed. */
export async function lacksActiveModel(sql: Sql, soundKey: number): Promise<boolean> {
  const key = await activeKey(sql);
  if (key === null) return false;
  const row = await sql.db
    .selectFrom('segments')
    .select('id')
    .where('sound_key', '=', soundKey)
    .where('model_key', '=', key)
    .executeTakeFirst();
  return row === undefined;
}

/** Has a sound embedded with the target of the present switch, if there is one. */
export async function queueEmbeddingOf(sql: Sql, soundKey: number): Promise<void> {
  await queueEmbedding(sql, raw`sounds.sound_key = ${soundKey}`);
}

/** Failed jobs are not tried again: their sound would keep the switch from ending. */
async function queueEmbedding({ db }: Sql, condition: RawBuilder<boolean>): Promise<number> {
  const id = raw.raw(`'${embeddingJobId("' || target_key || '", "' || sounds.id || '")}'`);
  const { numAffectedRows } = await raw`
    INSERT INTO embed_jobs (id, sound_key, model_key, duration_s)
    SELECT ${id}, sounds.sound_key, target_key, coalesce(sounds.duration_s, 0.0) FROM library AS sounds, model_switch
    WHERE target_key IS NOT NULL AND ${condition} ORDER BY sounds.sound_key
    ON CONFLICT (id) DO UPDATE SET state = 'queued', attempts = 0 WHERE embed_jobs.state = 'done'`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
