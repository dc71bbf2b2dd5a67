import { setTimeout as wait } from 'node:timers/promises';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { DomainError } from '../../../domain/errors.js';
import type { Dialect, Sql, Storage } from '../dialect.js';
import type { Schema } from '../schema.js';
import { migrate } from './migrate.js';
import { asKyselyPool, isAway, isConflict, openPool } from './pool.js';
import { PostgresWords } from './words.js';

/** How often a transaction is begun anew that came into the way of another. */
const TRIES = 5;
/** Before the second try, at most; twice as long before each further one. By chance, so that the same ones do not meet again. */
const REST_MS = 20;

export interface PostgresOptions {
  url: string;
  /** At most, of this process. */
  connections: number;
}

/** A library in PostgreSQL, over a pool of connections. */
export class PostgresStorage implements Storage {
  readonly db: Kysely<Schema>;
  readonly dialect: Dialect;

  private constructor(readonly pool: ReturnType<typeof openPool>) {
    this.db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: asKyselyPool(pool) }) });
    this.dialect = {
      name: 'postgres',
      locksRows: true,
      words: new PostgresWords(),
      keys: (values) => sql`(SELECT unnest(${values}::bigint[]))`,
      texts: (values) => sql`(SELECT unnest(${values}::text[]))`,
      numbered: (values) =>
        sql`(SELECT value, place - 1 AS place FROM unnest(${values}::bigint[]) WITH ORDINALITY AS listed (value, place))`,
      alone: async ({ db }, what) =>
        void (await sql`SELECT pg_advisory_xact_lock(hashtextextended(${what}, 0))`.execute(db)),
      numberChanges: async ({ db }) => void (await sql`SELECT number_index_changes()`.execute(db)),
    };
  }

  /**
   * Connects, and creates or upgrades the tables.
   * @throws DomainError `conflict` when the database is of a newer version of the program, or unfit; `busy` when it cannot be reached
   */
  static async open({ url, connections }: PostgresOptions): Promise<PostgresStorage> {
    const storage = new PostgresStorage(openPool(url, connections));
    try {
      const client = await storage.pool.connect();
      try {
        await migrate(client);
      } finally {
        client.release();
      }
      return storage;
    } catch (error) {
      await storage.close();
      throw unusable(error);
    }
  }

  async close(): Promise<void> {
    if (!this.pool.ended) await this.pool.end();
  }

  /** Every one is durable: the log is on disk before it is over. */
  async transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.db.transaction().execute((db) => work({ db, dialect: this.dialect }));
      } catch (error) {
        if (!isConflict(error) || tries === TRIES) throw error;
        await wait(Math.random() * REST_MS * 2 ** tries);
      }
    }
  }

  async spare(work: (tx: Sql) => Promise<void>): Promise<boolean> {
    try {
      await this.transaction(work);
      return true;
    } catch (error) {
      if (error instanceof DomainError && (error.code === 'busy' || error.code === 'storage_full')) return false;
      throw error;
    }
  }
}

/** For whoever set DATABASE_URL. */
function unusable(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const { message } = error as Error;
  return isAway(error)
    ? new DomainError(
        'busy',
        `The PostgreSQL that DATABASE_URL names does not answer (${message}). Start it, or name another.`,
      )
    : new DomainError('conflict', `The database that DATABASE_URL names cannot be used: ${message} (docs/scaling.md)`);
}
