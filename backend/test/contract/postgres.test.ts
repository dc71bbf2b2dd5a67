import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PostgresStorage } from '../../src/adapters/sql/index.js';
import { TestPostgres, withoutPostgres } from '../support/postgres.js';
import { atOnceSuite } from './at-once.suite.js';
import { libraryOf, type Engine } from './engines.js';
import { MODEL_KEY, newSound, processed, segmentsFrom, unit } from './fixtures.js';
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

  describe('two processes', () => atOnceSuite(postgres));

  describe('the log of changes', () => {
    const library = libraryOf(postgres);

    const ready = async (filename: string): Promise<string> => {
      const outcome = await library.jobs.accept(newSound(filename));
      if (outcome.kind !== 'accepted') throw new Error('expected a new sound');
      await library.jobs.start(outcome.job.id);
      await library.jobs.complete(outcome.job.id, processed(segmentsFrom([unit([1, 0]), unit([0, 1])])));
      return outcome.job.soundId;
    };
    const deadlocks = async (): Promise<number> => {
      await sql`SELECT pg_stat_force_next_flush()`.execute(storage.db);
      const { rows } = await sql<{ deadlocks: string }>`
        SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`.execute(storage.db);
      return Number(rows[0]!.deadlocks);
    };
    const waiting = async (): Promise<boolean> => {
      const { rows } = await sql`
        SELECT 1 FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND query LIKE '%number_index_changes%' AND pid <> pg_backend_pid()`.execute(
        storage.db,
      );
      return rows.length > 0;
    };

    it('is numbered while sounds are deleted, in whatever order: neither waits for the other', async () => {
      const [first, second] = [await ready('first.wav'), await ready('second.wav')];
      const before = await deadlocks();
      let numbered: Promise<unknown> = Promise.resolve();
      await storage.transaction(async (tx) => {
        const deleting = tx.db.deleteFrom('sounds');
        await deleting.where('id', '=', second).execute();
        // Has the lines of the first sound, and wants those of the second, if it waits for them.
        let done = false;
        numbered = library.source.changesSince(0, MODEL_KEY, 100).finally(() => (done = true));
        numbered.catch(() => undefined);
        while (!done && !(await waiting())) await sleep(20);
        await deleting.where('id', '=', first).execute();
      });
      await numbered;
      expect(await deadlocks()).toBe(before);
      const changes = await library.source.changesSince(0, MODEL_KEY, 100);
      expect(changes.map(({ op }) => op)).toEqual(['remove', 'remove', 'remove', 'remove']);
    });

    it('gives lines their number at the next look when a deletion was taken back', async () => {
      await ready('first.wav');
      const second = await ready('second.wav');
      const taken = storage.transaction(async (tx) => {
        await tx.db.deleteFrom('sounds').where('id', '=', second).execute();
        expect(await library.source.changesSince(0, MODEL_KEY, 100)).toHaveLength(2);
        throw new Error('taken back');
      });
      await expect(taken).rejects.toThrow('taken back');
      const changes = await library.source.changesSince(0, MODEL_KEY, 100);
      expect(changes.map(({ op }) => op)).toEqual(['add', 'add', 'add', 'add']);
      expect(changes.map(({ seq }) => seq)).toEqual([...changes.map(({ seq }) => seq)].sort((a, b) => a - b));
    });
  });
});
