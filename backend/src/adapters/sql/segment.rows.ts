import type { Segment } from '../../domain/ingest/ingest.types.js';
import type { Sql } from './dialect.js';

/** Inserts vectors as single precision, little-endian. Run inside a transaction. */
export async function insertSegments(
  { db }: Sql,
  soundKey: number,
  modelKey: string,
  segments: readonly Segment[],
): Promise<void> {
  for (const { index, startS, endS, vector } of segments) {
    await db
      .insertInto('segments')
      .values({
        sound_key: soundKey,
        model_key: modelKey,
        idx: index,
        start_s: startS,
        end_s: endS,
        vector: Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength),
      })
      .execute();
  }
}
