import { sql } from 'kysely';
import { afterAll, beforeAll, describe, vi } from 'vitest';
import type { PostgresStorage } from '../../src/adapters/sql/index.js';
import { TestPostgres, withoutPostgres } from '../support/postgres.js';
import type { Engine } from './engines.js';
import { repositorySuites } from './repositories.suite.js';

vi.setConfig({ hookTimeout: 180_000 });

describe.skipIf(withoutPostgres() !== null)('PostgreSQL', () => {
  let server: TestPostgres;
  let url: string;
  let storage: PostgresStorage;
  beforeAll(async () => {
    server = await TestPostgres.start();
    url = await server.library();
    storage = await server.open(url);
  });
  afterAll(() => server.stop());

  /** Much sooner done than a new database. */
  const empty = async (): Promise<void> => {
    const { rows } = await sql<{ name: string }>`
      SELECT quote_ident(tablename) AS name FROM pg_tables
      WHERE schemaname = 'public' AND tablename NOT IN ('migrations', 'library_changes')`.execute(storage.db);
    const tables = sql.raw(rows.map(({ name }) => name).join(', '));
    await sql`TRUNCATE ${tables} RESTART IDENTITY CASCADE`.execute(storage.db);
  };

  const postgres: Engine = {
    name: 'PostgreSQL',
    open: async () => {
      await empty();
      const others: PostgresStorage[] = [];
      return {
        storage,
        another: async () => {
          const other = await server.open(url);
          others.push(other);
          return other;
        },
        skipKeys: async (to) => {
          await sql`ALTER TABLE sounds ALTER COLUMN sound_key RESTART WITH ${sql.lit(to + 1)}`.execute(storage.db);
        },
        close: async () => {
          for (const each of others) await each.close();
        },
      };
    },
  };

  repositorySuites(postgres);
});
