import type pg from 'pg';
import { demandLength } from '../../../../domain/search/demand-length.js';
import type { SegmentChange } from '../../../../domain/search/search.ports.js';
import type {
  Background,
  Match,
  VectorAnswer,
  VectorHit,
  VectorQuery,
  VectorSegment,
} from '../../../../domain/search/search.types.js';
import type { Vectors } from '../../../../domain/search/vectors.ports.js';
import { inTransaction, type Connections } from './connections.js';
import { segmentsOf, soundsOf, type VectorSet } from './sets.js';

export interface SetInUse extends Pick<VectorSet, 'number' | 'dimension'> {
  /** Whether searches may go by the graph. */
  graph: boolean;
}

/** Sounds by whose scores the background is told, and segments of each. */
const SAMPLE_SOUNDS = 500;
const SAMPLE_SEGMENTS = 16;
/** How much of the graph a search looks at, at least: what recall costs. */
const EFFORT =
  'SET LOCAL hnsw.ef_search = 800; SET LOCAL hnsw.iterative_scan = strict_order; SET LOCAL hnsw.max_scan_tuples = 200000';
/** Without sorting the graph is what gives the order, whatever the planner takes a filter to leave. */
const BY_GRAPH = `BEGIN; ${EFFORT}; SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off`;
/** Segments asked of the graph for each sound that is wanted. */
const SEGMENTS_PER_SOUND = 3;
const LEAST_ASKED = 64;

/** Vectors in PostgreSQL, in half precision: exact where few are left to compare, by a graph with filters where many are. */
export class PgVectors implements Vectors {
  readonly capabilities = { tellsBackground: false };

  /**
   * @param set which is searched and written at the moment
   * @param exactUpTo so many segments are compared one by one, whatever there is
   */
  constructor(
    private readonly connections: Connections,
    private readonly set: () => Promise<SetInUse> | SetInUse,
    private readonly exactUpTo: number,
  ) {}

  async upsert(segments: readonly VectorSegment[]): Promise<void> {
    const set = await this.set();
    await this.connections.transact((client) => putSegments(client, set, segments));
  }

  async remove(segmentIds: readonly number[]): Promise<void> {
    const set = await this.set();
    await this.connections.transact((client) => removeSegments(client, set, segmentIds));
  }

  async search(query: VectorQuery): Promise<VectorAnswer> {
    const set = await this.set();
    demandLength(set.dimension, query.vector);
    return this.connections.with((client) => new Search(client, set, query, this.exactUpTo).answer());
  }

  async sampleScores(vector: Float32Array): Promise<Background> {
    const set = await this.set();
    demandLength(set.dimension, vector);
    const { rows } = await this.connections.with((client) =>
      client.query<Background>(
        `WITH ends AS (SELECT min(sound_key) AS first, max(sound_key) AS last FROM ${soundsOf(set)}),
           places AS (SELECT first + n * (last - first) / ${SAMPLE_SOUNDS - 1} AS place FROM ends, generate_series(0, ${SAMPLE_SOUNDS - 1}) AS n),
           picked AS (SELECT DISTINCT sound_key FROM places, LATERAL
             (SELECT sound_key FROM ${soundsOf(set)} WHERE sound_key >= place ORDER BY sound_key LIMIT 1) AS next),
           best AS (SELECT best FROM picked, LATERAL (SELECT max(-(embedding <#> $1::halfvec)) AS best FROM
             (SELECT embedding FROM ${segmentsOf(set)} AS own WHERE own.sound_key = picked.sound_key LIMIT ${SAMPLE_SEGMENTS}) AS few) AS scored)
         SELECT coalesce(avg(best), 0)::float8 AS mean, coalesce(stddev_pop(best), 0)::float8 AS std, count(best) AS count FROM best`,
        [textOf(vector)],
      ),
    );
    return rows[0]!;
  }
}

/** Removals and additions of one log together. */
export async function applyChanges(
  client: pg.ClientBase,
  set: SetInUse,
  changes: readonly SegmentChange[],
): Promise<void> {
  const removed = changes.filter((change) => change.op === 'remove').map((change) => change.segmentId);
  await removeSegments(client, set, removed);
  await putSegments(
    client,
    set,
    changes.filter((change) => change.op === 'add'),
  );
}

async function removeSegments(client: pg.ClientBase, set: SetInUse, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await client.query(`DELETE FROM ${segmentsOf(set)} WHERE segment_id = ANY ($1::bigint[])`, [ids]);
}

/** Those that are gone from the library by now are passed over. */
async function putSegments(client: pg.ClientBase, set: SetInUse, segments: readonly VectorSegment[]): Promise<void> {
  if (segments.length === 0) return;
  for (const { vector } of segments) demandLength(set.dimension, vector);
  const ids = segments.map(({ segmentId }) => segmentId);
  await removeSegments(client, set, ids);
  await client.query(
    `WITH there AS (SELECT id FROM segments WHERE id = ANY ($1::bigint[]) FOR KEY SHARE)
     INSERT INTO ${segmentsOf(set)} (segment_id, sound_key, start_s, end_s, embedding)
     SELECT segment_id, sound_key, start_s, end_s, embedding::halfvec
     FROM unnest($1::bigint[], $2::bigint[], $3::float8[], $4::float8[], $5::text[])
       AS given (segment_id, sound_key, start_s, end_s, embedding)
     WHERE segment_id IN (SELECT id FROM there)`,
    [
      ids,
      segments.map(({ soundKey }) => soundKey),
      segments.map(({ startS }) => startS),
      segments.map(({ endS }) => endS),
      segments.map(({ vector }) => textOf(vector)),
    ],
  );
}

const textOf = (vector: Float32Array): string => `[${vector.join(',')}]`;

/** One search over one connection. */
class Search {
  private readonly filters: unknown[] = [];
  /** The condition on `sound_key`; its parameters are the first ones. `IS TRUE` keeps it from becoming a join. */
  private readonly allowed: string;

  constructor(
    private readonly client: pg.ClientBase,
    private readonly set: SetInUse,
    private readonly query: VectorQuery,
    private readonly exactUpTo: number,
  ) {
    const { among, except = [] } = query.filter;
    // Not `= ANY`: the planner would look at each of what may be many thousands.
    const listed = (keys: ArrayLike<number>): string =>
      `sound_key IN (SELECT unnest($${this.filters.push(Array.from(keys))}::bigint[]))`;
    // What was put in the bin is gone at once, before its vectors are.
    const conditions = ['NOT (sound_key IN (SELECT sound_key FROM bin))'];
    if (except.length > 0) conditions.push(`NOT (${listed(except)})`);
    if (among !== null) conditions.push(listed(among));
    this.allowed = conditions.join(' AND ');
  }

  async answer(): Promise<VectorAnswer> {
    const { rows } = await this.client.query<{ total: number; segments: number }>(
      `SELECT count(*) AS total, coalesce(sum(segments), 0) AS segments FROM ${soundsOf(this.set)} WHERE ${this.allowed}`,
      this.filters,
    );
    const { total, segments } = rows[0]!;
    if (total === 0) return { hits: [], total, background: null, exact: true };
    const byGraph = this.set.graph && segments > this.exactUpTo ? await this.byGraph(total, segments) : null;
    return { hits: byGraph ?? (await this.byAll()), total, background: null, exact: byGraph === null };
  }

  private async byAll(): Promise<VectorHit[]> {
    const { hits } = await this.nearest(`
      SELECT sound_key, min(embedding <#> ${this.vector}) AS distance
      FROM ${segmentsOf(this.set)} WHERE ${this.allowed} GROUP BY sound_key`);
    return hits;
  }

  /** Null where comparing all that are allowed is the better way. */
  private async byGraph(total: number, segments: number): Promise<VectorHit[] | null> {
    const wanted = Math.min(this.query.limit, total);
    const { client, vector } = this;
    return inTransaction(client, BY_GRAPH, async () => {
      for (let count = Math.max(LEAST_ASKED, SEGMENTS_PER_SOUND * wanted); count < segments / 4; count *= 4) {
        const { hits, sounds } = await this.nearest(`
          SELECT sound_key, min(distance) AS distance FROM (
            SELECT sound_key, embedding <#> ${vector} AS distance FROM ${segmentsOf(this.set)}
            WHERE (${this.allowed}) IS TRUE ORDER BY embedding <#> ${vector} LIMIT ${count}) AS near GROUP BY sound_key`);
        if (sounds >= wanted) return hits;
      }
      return null;
    });
  }

  /** @param scored sounds with their distances */
  private async nearest(scored: string): Promise<{ hits: VectorHit[]; sounds: number }> {
    const { limit, matchesPerSound, include = [], vector } = this.query;
    const { rows } = await this.client.query<Match & { key: number; sounds: number }>(
      `WITH scored AS MATERIALIZED (${scored}),
         chosen AS MATERIALIZED (
           SELECT sound_key FROM (SELECT sound_key FROM scored ORDER BY distance, sound_key LIMIT ${limit}) AS top
           UNION SELECT sound_key FROM ${soundsOf(this.set)}
           WHERE sound_key = ANY ($${this.filters.length + 2}::bigint[]) AND ${this.allowed}),
         windows AS (
           SELECT own.sound_key AS key, start_s, end_s, -(embedding <#> ${this.vector}) AS score
           FROM chosen JOIN ${segmentsOf(this.set)} AS own USING (sound_key))
       SELECT key, start_s AS "startS", end_s AS "endS", score, (SELECT count(*) FROM scored) AS sounds FROM
         (SELECT *, row_number() OVER (PARTITION BY key ORDER BY score DESC, start_s) AS place FROM windows) AS ranked
       WHERE place <= ${matchesPerSound}`,
      [...this.filters, textOf(vector), Array.from(include)],
    );
    const matches = new Map<number, Match[]>();
    for (const { key, startS, endS, score } of rows) {
      const own = matches.get(key);
      const match = { startS, endS, score: Math.round(score * 1e6) / 1e6 };
      if (own) own.push(match);
      else matches.set(key, [match]);
    }
    const hits = Array.from(matches, ([soundKey, own]): VectorHit => {
      own.sort((a, b) => b.score - a.score || a.startS - b.startS);
      return { soundKey, score: own[0]!.score, matches: own };
    });
    return { hits: hits.sort((a, b) => b.score - a.score || a.soundKey - b.soundKey), sounds: rows[0]?.sounds ?? 0 };
  }

  private get vector(): string {
    return `$${this.filters.length + 1}::halfvec`;
  }
}
