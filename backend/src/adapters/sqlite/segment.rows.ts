import type { Segment } from '../../domain/ingest/ingest.types.js';
import type { Database } from './database.js';

/** Inserts vectors as single precision, little-endian. Run inside a transaction. */
export function insertSegments(db: Database, soundKey: number, modelKey: string, segments: readonly Segment[]): void {
  const insert = db.prepare(
    'INSERT INTO segments (sound_key, model_key, idx, start_s, end_s, vector) VALUES (?, ?, ?, ?, ?, ?)',
  );
  for (const { index, startS, endS, vector } of segments) {
    const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
    insert.run(soundKey, modelKey, index, startS, endS, bytes);
  }
}
