import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { inRoot } from '../lib/paths.mjs';
import { Engine } from './engine.mjs';
import { Missing, NO_POSTGRES, postgresPrograms } from './programs.mjs';

const pg = createRequire(inRoot('backend', 'package.json'))('pg');
/** PostgreSQL does not run as root: there it runs as nobody. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/**
 * A PostgreSQL of one's own, on a socket, with an empty database `traum`.
 * @param {string} folder in which it makes one for itself
 * @param {string[]} [settings] as `name=value`
 */
export async function startPostgres(folder, settings = []) {
  const bin = postgresPrograms();
  if (bin === null) throw new Missing(NO_POSTGRES);
  const place = path.join(folder, 'postgres');
  fs.mkdirSync(place);
  if (NOBODY.uid) {
    // The folders above are for this user alone.
    fs.chmodSync(folder, 0o755);
    fs.chownSync(place, NOBODY.uid, NOBODY.gid);
  }
  const data = path.join(place, 'data');
  const initdb = ['-D', data, '-U', 'traum', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'];
  await promisify(execFile)(path.join(bin, 'initdb'), initdb, { cwd: place, ...NOBODY });
  const url = (database = 'traum') => `postgres://traum@/${database}?host=${encodeURIComponent(place)}`;
  /** @param {string} sql @param {string} [database] @returns {Promise<any[]>} */
  const query = async (sql, database) => {
    const client = new pg.Client({ connectionString: url(database) });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const engine = new Engine({
    command: path.join(bin, 'postgres'),
    args: ['-D', data, '-k', place, ...['listen_addresses=', ...settings].flatMap((setting) => ['-c', setting])],
    options: () => ({ cwd: place, ...NOBODY }),
    isUp: () => query('SELECT 1', 'postgres').then(() => true),
  });
  await engine.start();
  await query('CREATE DATABASE traum', 'postgres');
  return { engine, url, query };
}
