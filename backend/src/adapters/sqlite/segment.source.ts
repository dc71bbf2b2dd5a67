import type { SegmentChange, SegmentSource } from '../../domain/search/search.ports.js';
import type { Database } from './database.js';

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

export class SqliteSegmentSource implements SegmentSource {
  constructor(private readonly db: Database) {}

  changesSince(seq: number, modelKey: string, limit: number): SegmentChange[] {
    return this.db
      .prepare<[string, number, number], ChangeRow>(
        `SELECT seq, op, segment_id, sound_key, start_s, end_s, vector
         FROM index_changes LEFT JOIN segments ON segments.id = segment_id AND op = 'add' AND model_key = ?
         WHERE seq > ? AND (op = 'remove' OR vector IS NOT NULL) ORDER BY seq LIMIT ?`,
      )
      .all(modelKey, seq, limit)
      .map((row): SegmentChange =>
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

  latestSeq(): number {
    return this.db.prepare<[], number>('SELECT coalesce(max(seq), 0) FROM index_changes').pluck().get()!;
  }

  segmentCount(modelKey: string): number {
    return this.db
      .prepare<[{ model: string }], number>(
        `SELECT count(*) - (SELECT count(*) FROM bin CROSS JOIN segments USING (sound_key) WHERE model_key = @model)
         FROM segments WHERE model_key = @model`,
      )
      .pluck()
      .get({ model: modelKey })!;
  }

  /** Keys of the models that a sound has vectors of. */
  modelsOf(soundId: string): string[] {
    return this.db
      .prepare<[string], string>(
        'SELECT DISTINCT model_key FROM segments JOIN library AS sounds USING (sound_key) WHERE sounds.id = ? ORDER BY model_key',
      )
      .pluck()
      .all(soundId);
  }

  segmentsOf(soundId: string, modelKey: string): { startS: number; endS: number; vector: Float32Array }[] {
    return this.db
      .prepare<[string, string], Pick<ChangeRow, 'start_s' | 'end_s' | 'vector'>>(
        `SELECT start_s, end_s, vector FROM segments JOIN library AS sounds USING (sound_key)
         WHERE sounds.id = ? AND model_key = ? ORDER BY idx`,
      )
      .all(soundId, modelKey)
      .map((row) => ({ startS: row.start_s, endS: row.end_s, vector: toVector(row.vector) }));
  }
}
