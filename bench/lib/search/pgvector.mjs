import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startPostgres } from '../../../scripts/engines/postgres.mjs';
import { fromBackend } from '../backend.mjs';

const SETTINGS = ['shared_buffers=1GB', 'max_wal_size=8GB', 'work_mem=64MB'];
const MODEL = 'bench';

/** One sound for each segment, in a PostgreSQL of its own, followed as a server follows its library. */
export async function openPgVector({ dimension }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'traum-bench-postgres-'));
  const postgres = await startPostgres(folder, SETTINGS);
  const { PgVectorIndex, PostgresStorage, SqlSegmentSource } = await fromBackend('adapters/sql/index.js');
  const storage = await PostgresStorage.open({ url: postgres.url(), connections: 4 });
  const { pool } = storage;
  const silent = () => undefined;
  const index = new PgVectorIndex({
    pool,
    source: new SqlSegmentSource(storage),
    model: { key: MODEL, dimension },
    logger: { debug: silent, info: silent, warn: console.error, error: console.error },
  });
  return {
    add: async (first, rows) => {
      const count = rows.length / dimension;
      await pool.query(
        `INSERT INTO sounds (sound_key, id, sha256, filename, extension, size_bytes, title_folded, created_at, updated_at)
         OVERRIDING SYSTEM VALUE SELECT n, n, n, n, 'wav', 1, n, '', '' FROM generate_series($1::bigint, $2::bigint) AS n`,
        [first + 1, first + count],
      );
      for (let at = 0; at < count; at += 1000) {
        const some = Array.from({ length: Math.min(1000, count - at) }, (_, i) => at + i);
        await pool.query(
          `INSERT INTO segments (id, sound_key, model_key, idx, start_s, end_s, vector)
           OVERRIDING SYSTEM VALUE SELECT key, key, '${MODEL}', 0, 0, 10, bytes FROM unnest($1::bigint[], $2::bytea[]) AS given (key, bytes)`,
          [
            some.map((row) => first + row + 1),
            some.map((row) => Buffer.from(rows.slice(row * dimension, (row + 1) * dimension).buffer)),
          ],
        );
      }
    },
    done: async () => {
      await index.open();
      await pool.query('VACUUM ANALYZE');
    },
    search: async (query, wanted, allowed) => {
      const among = allowed && allowed.map((row) => row + 1);
      const { hits } = await index.search({ vector: query, filter: { among }, limit: wanted, matchesPerSound: 8 });
      return hits.map(({ soundKey }) => soundKey - 1);
    },
    close: async () => {
      await index.close();
      await storage.close();
      await postgres.engine.kill('SIGINT');
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
