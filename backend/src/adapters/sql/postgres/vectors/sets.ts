import type pg from 'pg';
import { DomainError } from '../../../../domain/errors.js';

/**
 * A set of vectors: those of one model, in tables of their own. They are derived from the table of segments, and lie in a schema
 * of their own so that whoever copies or checks the library leaves them out.
 */
export interface VectorSet {
  /** Part of the names of its tables; another one after it was made anew. */
  number: number;
  dimension: number;
  /** The last change of the library that it holds. */
  seq: number;
  /** Whether it was complete once. */
  filled: boolean;
}

const SCHEMA = 'traum_vectors';
const LEAST_VERSION = [0, 8] as const;
/** PostgreSQL says so of memory that its processes share, too. */
const NO_SHARED_MEMORY = '53100';
/** How the graph is made: a little larger than pgvector's own measure, for the recall that is promised. */
const GRAPH = 'm = 24, ef_construction = 128';

export const segmentsOf = ({ number }: Pick<VectorSet, 'number'>): string => `${SCHEMA}.segments_${number}`;
export const soundsOf = ({ number }: Pick<VectorSet, 'number'>): string => `${SCHEMA}.sounds_${number}`;
const graphOf = ({ number }: Pick<VectorSet, 'number'>): string => `segments_${number}_graph`;

/**
 * Makes the extension and the list of sets where they are not there yet.
 * @throws DomainError `conflict` where pgvector is missing or too old, saying what to do
 */
export async function prepareSets(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ installed: string | null; offered: string }>(
    `SELECT installed_version AS installed, default_version AS offered FROM pg_available_extensions WHERE name = 'vector'`,
  );
  const [found] = rows;
  if (!found) {
    throw unfit(
      'has no pgvector. Install it on the machine of the database (Debian: postgresql-16-pgvector; image: pgvector/pgvector:pg16)',
    );
  }
  if (isOld(found.installed ?? found.offered)) {
    const remedy = found.installed !== null && !isOld(found.offered) ? ', then run: ALTER EXTENSION vector UPDATE' : '';
    throw unfit(
      `has pgvector ${found.installed ?? found.offered}; ${LEAST_VERSION.join('.')} or later is needed. Update it${remedy}`,
    );
  }
  // One at a time: several processes may begin at once.
  await client.query('BEGIN');
  try {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('traum.vectors'))`);
    if (found.installed === null) await makeExtension(client);
    await client.query(`
      CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
      CREATE SEQUENCE IF NOT EXISTS ${SCHEMA}.numbers;
      CREATE TABLE IF NOT EXISTS ${SCHEMA}.sets (
        model_key text COLLATE "C" PRIMARY KEY, number bigint NOT NULL, dimension integer NOT NULL,
        seq bigint NOT NULL DEFAULT 0, filled boolean NOT NULL DEFAULT false)`);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function makeExtension(client: pg.ClientBase): Promise<void> {
  try {
    await client.query('CREATE EXTENSION IF NOT EXISTS vector');
  } catch (error) {
    throw unfit(
      `does not let this user make the extension pgvector (${(error as Error).message}). As its administrator run in that database: CREATE EXTENSION vector`,
    );
  }
}

const unfit = (why: string): DomainError =>
  new DomainError(
    'conflict',
    `VECTORS=pgvector: the PostgreSQL that DATABASE_URL names ${why}; or set VECTORS=memory.`,
  );

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1]);
}

/** The set of a model, made empty where there is none. Run inside a transaction. */
export async function openSet(client: pg.ClientBase, modelKey: string, dimension: number): Promise<VectorSet> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtext('traum.vectors'))`);
  const known = await readSet(client, modelKey);
  if (known?.dimension === dimension) return known;
  const number = await makeTables(client, dimension);
  await client.query(
    `INSERT INTO ${SCHEMA}.sets (model_key, number, dimension) VALUES ($1, $2, $3)
     ON CONFLICT (model_key) DO UPDATE SET number = $2, dimension = $3, seq = 0, filled = false`,
    [modelKey, number, dimension],
  );
  if (known) await dropTables(client, known);
  return { number, dimension, seq: 0, filled: false };
}

/** @param lock nobody else changes it until the transaction ends */
export async function readSet(
  client: Pick<pg.ClientBase, 'query'>,
  modelKey: string,
  lock = false,
): Promise<VectorSet | null> {
  const { rows } = await client.query<VectorSet>(
    `SELECT number, dimension, seq, filled FROM ${SCHEMA}.sets WHERE model_key = $1 ${lock ? 'FOR UPDATE' : ''}`,
    [modelKey],
  );
  return rows[0] ?? null;
}

export async function writeSet(client: pg.ClientBase, modelKey: string, set: VectorSet): Promise<void> {
  await client.query(`UPDATE ${SCHEMA}.sets SET number = $2, seq = $3, filled = $4 WHERE model_key = $1`, [
    modelKey,
    set.number,
    set.seq,
    set.filled,
  ]);
}

/** Removes the sets of models that are none of these. */
export async function sweepSets(client: pg.ClientBase, keep: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ model_key: string }>(
    `SELECT model_key FROM ${SCHEMA}.sets WHERE model_key <> ALL ($1)`,
    [keep],
  );
  for (const { model_key: modelKey } of rows) await dropSet(client, modelKey);
}

async function dropSet(client: pg.ClientBase, modelKey: string): Promise<void> {
  const { rows } = await client.query<VectorSet>(
    `DELETE FROM ${SCHEMA}.sets WHERE model_key = $1 RETURNING number, dimension, seq, filled`,
    [modelKey],
  );
  for (const set of rows) await dropTables(client, set);
}

/** Rows go with the segments and the sounds that they are of, in the transaction that deletes those. @returns the number */
export async function makeTables(client: pg.ClientBase, dimension: number): Promise<number> {
  const { rows } = await client.query<{ number: number }>(`SELECT nextval('${SCHEMA}.numbers') AS number`);
  const { number } = rows[0]!;
  const [segments, sounds, counted] = [segmentsOf({ number }), soundsOf({ number }), `${SCHEMA}.counted_${number}`];
  await client.query(`
    CREATE TABLE ${segments} (
      segment_id bigint PRIMARY KEY REFERENCES segments (id) ON DELETE CASCADE,
      sound_key bigint NOT NULL, start_s double precision NOT NULL, end_s double precision NOT NULL,
      embedding halfvec(${dimension}) NOT NULL);
    ALTER TABLE ${segments} ALTER COLUMN embedding SET STORAGE PLAIN;
    CREATE INDEX segments_${number}_sounds ON ${segments} (sound_key);
    CREATE TABLE ${sounds} (sound_key bigint PRIMARY KEY, segments bigint NOT NULL);
    CREATE FUNCTION ${counted}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        INSERT INTO ${sounds} AS known SELECT sound_key, count(*) FROM changed GROUP BY sound_key ORDER BY sound_key
          ON CONFLICT (sound_key) DO UPDATE SET segments = known.segments + excluded.segments;
      ELSE
        UPDATE ${sounds} AS known SET segments = known.segments - gone.count
          FROM (SELECT sound_key, count(*) AS count FROM changed GROUP BY sound_key) AS gone
          WHERE known.sound_key = gone.sound_key;
        DELETE FROM ${sounds} WHERE segments <= 0 AND sound_key IN (SELECT sound_key FROM changed);
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER added AFTER INSERT ON ${segments}
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ${counted}();
    CREATE TRIGGER removed AFTER DELETE ON ${segments}
      REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ${counted}()`);
  return number;
}

export async function dropTables(client: pg.ClientBase, { number }: Pick<VectorSet, 'number'>): Promise<void> {
  await client.query(`
    DROP TABLE IF EXISTS ${segmentsOf({ number })};
    DROP TABLE IF EXISTS ${soundsOf({ number })};
    DROP FUNCTION IF EXISTS ${SCHEMA}.counted_${number}()`);
}

/** Whether the graph is there: `broken` where it is being made, or that was interrupted. */
export async function graphState(
  client: Pick<pg.ClientBase, 'query'>,
  set: Pick<VectorSet, 'number'>,
): Promise<'ready' | 'broken' | 'none'> {
  const { rows } = await client.query<{ valid: boolean }>(
    `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)`,
    [`${SCHEMA}.${graphOf(set)}`],
  );
  if (!rows[0]) return 'none';
  return rows[0].valid ? 'ready' : 'broken';
}

/**
 * Makes the graph while the library goes on; several minutes for a hundred thousand segments. One process does it.
 * @param client outside of transactions, and for nothing else afterwards
 */
export async function makeGraph(client: pg.ClientBase, set: Pick<VectorSet, 'number'>): Promise<void> {
  const lock = `hashtext('traum.vectors.graph'), ${set.number}`;
  const { rows } = await client.query<{ mine: boolean }>(`SELECT pg_try_advisory_lock(${lock}) AS mine`);
  if (!rows[0]!.mine) return;
  try {
    if ((await graphState(client, set)) === 'ready') return;
    // What does not fit is made several times slower; it is taken only while the graph is made.
    await client.query(`SET maintenance_work_mem = '1GB'; SET lock_timeout = 0`);
    await createGraph(client, set).catch(async (error: unknown) => {
      if ((error as { code?: unknown }).code !== NO_SHARED_MEMORY) throw error;
      // Containers share 64 MB between processes: then one makes it alone.
      await client.query('SET max_parallel_maintenance_workers = 0');
      await createGraph(client, set);
    });
  } finally {
    await client.query(`SELECT pg_advisory_unlock(${lock})`).catch(() => undefined);
  }
}

async function createGraph(client: pg.ClientBase, set: Pick<VectorSet, 'number'>): Promise<void> {
  await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${SCHEMA}.${graphOf(set)}`);
  await client.query(
    `CREATE INDEX CONCURRENTLY ${graphOf(set)} ON ${segmentsOf(set)}
     USING hnsw (embedding halfvec_ip_ops) WITH (${GRAPH})`,
  );
}
