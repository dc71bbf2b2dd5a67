import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { postgresPrograms } from '../../../scripts/lib/engines.mjs';
import { Stop } from '../../../scripts/lib/report.mjs';
import { fromBackend } from '../backend.mjs';

/** PostgreSQL does not run as root: there it runs as nobody. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const MODEL = 'bench';

/** One sound for each segment, in a PostgreSQL of its own, followed as a server follows its library. */
export async function openPgVector({ dimension }) {
  const postgres = await startPostgres();
  const { PgVectorIndex, PostgresStorage, SqlSegmentSource } = await fromBackend('adapters/sql/index.js');
  const storage = await PostgresStorage.open({ url: postgres.url, connections: 4 });
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
      await postgres.stop();
    },
  };
}

async function startPostgres() {
  const programs = postgresPrograms();
  if (!programs)
    throw new Stop('PostgreSQL is not here: "npm test" fetches it, or TEST_POSTGRES_BIN names its programs.');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'traum-bench-postgres-'));
  if (NOBODY.uid) fs.chownSync(folder, NOBODY.uid, NOBODY.gid);
  const data = path.join(folder, 'data');
  const options = { cwd: folder, ...NOBODY };
  const initdb = ['-D', data, '-U', 'traum', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'];
  execFileSync(path.join(programs, 'initdb'), initdb, { ...options, stdio: 'ignore' });
  const settings = ['listen_addresses=', 'shared_buffers=1GB', 'max_wal_size=8GB', 'work_mem=64MB'];
  const child = spawn(
    path.join(programs, 'postgres'),
    ['-D', data, '-k', folder, ...settings.flatMap((setting) => ['-c', setting])],
    { ...options, stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while (!fs.existsSync(path.join(folder, '.s.PGSQL.5432'))) await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    url: `postgres://traum@/postgres?host=${encodeURIComponent(folder)}`,
    stop: async () => {
      child.kill('SIGINT');
      await ended;
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
