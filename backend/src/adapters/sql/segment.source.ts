import { sql as raw } from 'kysely';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import type { SegmentChange, SegmentSource } from '../../domain/search/search.ports.js';
import type { PresentSegments } from '../../domain/search/vector-sets.ports.js';
import { inLibraryOf, seenBy } from './access.js';
import { List, type Sql, type Storage } from './dialect.js';
import { every } from './sound.condition.js';
import { hot } from './hot.js';

interface ChangeRow {
  seq: number;
  op: 'add' | 'remove';
  segment_id: number;
  sound_key: number;
  start_s: number;
  end_s: number;
  vector: Buffer;
}

/** Copies, since a float view needs an aligned start. */
const toVector = (bytes: Buffer): Float32Array =>
  new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);

const changes = hot(({ db }: Sql, seq: number, modelKey: string, limit: number) =>
  raw<ChangeRow>`
    SELECT seq, op, segment_id, sound_key, start_s, end_s, vector
    FROM index_changes LEFT JOIN segments ON segments.id = segment_id AND op = 'add' AND model_key = ${modelKey}
    WHERE seq > ${seq} AND (op = 'remove' OR vector IS NOT NULL) ORDER BY seq LIMIT ${limit}`.compile(db),
);
const latest = hot(({ db }: Sql) =>
  raw<{ seq: number }>`SELECT coalesce(max(seq), 0) AS seq FROM index_changes`.compile(db),
);

const present = hot(({ db, dialect }: Sql, ids: List<number>) =>
  raw<{ id: number }>`
    SELECT id FROM segments WHERE id IN ${dialect.keys(ids)}
      AND NOT EXISTS (SELECT 1 FROM bin WHERE bin.sound_key = segments.sound_key)`.compile(db),
);

export class SqlSegmentSource implements SegmentSource, PresentSegments {
  constructor(
    private readonly sql: Storage,
    private readonly viewer: Viewer = EVERYTHING,
  ) {}

  async changesSince(seq: number, modelKey: string, limit: number): Promise<SegmentChange[]> {
    await this.sql.dialect.numberChanges(this.sql);
    const rows = await changes(this.sql, seq, modelKey, limit);
    return rows.map((row): SegmentChange =>
      row.op === 'remove'
        ? { seq: row.seq, op: 'remove', segmentId: row.segment_id }
        : {
            seq: row.seq,
            op: 'add',
            segmentId: row.segment_id,
            soundKey: row.sound_key,
            startS: row.start_s,
            endS: row.end_s,
            vector: toVector(row.vector),
          },
    );
  }

  async latestSeq(): Promise<number> {
    await this.sql.dialect.numberChanges(this.sql);
    return (await latest(this.sql))[0]!.seq;
  }

  async segmentCount(modelKey: string): Promise<number> {
    if (this.viewer.id !== null) {
      const seen = await raw<{ count: number }>`
        SELECT count(*) AS count FROM segments WHERE model_key = ${modelKey} AND ${inLibraryOf(this.viewer)}`.execute(
        this.sql.db,
      );
      return seen.rows[0]!.count;
    }
    const { rows } = await raw<{ count: number }>`
      SELECT count(*) - (SELECT count(*) FROM bin CROSS JOIN segments AS binned
                         WHERE binned.sound_key = bin.sound_key AND model_key = ${modelKey}) AS count
      FROM segments WHERE model_key = ${modelKey}`.execute(this.sql.db);
    return rows[0]!.count;
  }

  async present(segmentIds: readonly number[]): Promise<ReadonlySet<number>> {
    const rows = await present(this.sql, new List(segmentIds));
    return new Set(rows.map(({ id }) => id));
  }

  /** Keys of the models that a sound has vectors of. */
  async modelsOf(soundId: string): Promise<string[]> {
    const rows = await segmentsOf(this.sql, this.viewer, soundId)
      .select('model_key')
      .distinct()
      .orderBy('model_key')
      .execute();
    return rows.map((row) => row.model_key);
  }

  async segmentsOf(
    soundId: string,
    modelKey: string,
  ): Promise<{ startS: number; endS: number; vector: Float32Array }[]> {
    const rows = await segmentsOf(this.sql, this.viewer, soundId)
      .select(['start_s', 'end_s', 'vector'])
      .where('model_key', '=', modelKey)
      .orderBy('idx')
      .execute();
    return rows.map((row) => ({ startS: row.start_s, endS: row.end_s, vector: toVector(row.vector) }));
  }
}

const segmentsOf = ({ db }: Sql, viewer: Viewer, soundId: string) =>
  db
    .selectFrom('segments')
    .innerJoin('library', 'library.sound_key', 'segments.sound_key')
    .where('library.id', '=', soundId)
    .where(every(seenBy(viewer, 'library')));
