import type pg from 'pg';
import { DomainError } from '../../../domain/errors.js';
import { shared } from '../sqlite/migrations/index.js';
import { beginning, LIBRARY } from './beginning.js';

const LEAST_VERSION = 160_000;

/** Creates or upgrades the tables. Several processes may do so at the same time: one does it, the others wait for it. */
export async function migrate(client: pg.ClientBase): Promise<void> {
  await refuseUnfit(client);
  // One transaction for all: whatever fails, the tables are as they were.
  await client.query('BEGIN');
  try {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('traum.migrations'))`);
    await client.query(`CREATE TABLE IF NOT EXISTS migrations (
      name text COLLATE "C" PRIMARY KEY, migrated_at timestamptz NOT NULL DEFAULT now())`);
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations');
    const done = new Set(rows.map(({ name }) => name));
    const steps = [beginning, ...shared];
    refuseNewer(
      done,
      steps.map(({ name }) => name),
    );
    const missing = steps.filter(({ name }) => !done.has(name));
    for (const { name, postgres } of missing) {
      await client.query(postgres);
      await client.query(LIBRARY);
      await client.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function refuseUnfit(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ version: string; encoding: string }>(
    `SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding`,
  );
  const { version, encoding } = rows[0]!;
  if (Number(version) < LEAST_VERSION) {
    throw new DomainError('conflict', 'DATABASE_URL names a PostgreSQL before 16. Update it, or name another.');
  }
  if (encoding !== 'UTF8') {
    throw new DomainError(
      'conflict',
      `The database that DATABASE_URL names keeps texts as ${encoding}. Make one with: createdb --encoding=UTF8 --template=template0 traum`,
    );
  }
}

function refuseNewer(done: ReadonlySet<string>, known: readonly string[]): void {
  const unknown = [...done].filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new DomainError(
    'conflict',
    `This library was made by a newer version of Traum-Engine (it has ${unknown.join(', ')}). ` +
      'Update Traum-Engine, or point DATABASE_URL at another database.',
  );
}
