import { Kysely, sql } from 'kysely';
import { asStorageFull } from '../../../domain/errors.js';
import type { Dialect, Sql, Storage } from '../dialect.js';
import type { Schema } from '../schema.js';
import { isBusy } from './busy.js';
import type { Database } from './database.js';
import { SqliteDialect } from './driver.js';
import { SqliteWords } from './words.js';

/** A library in one file, over one connection. */
class SqliteStorage implements Storage {
  readonly db: Kysely<Schema>;
  readonly dialect: Dialect;
  private waitMs: number;

  constructor(readonly file: Database) {
    this.waitMs = file.pragma('busy_timeout', { simple: true }) as number;
    this.db = new Kysely<Schema>({ dialect: new SqliteDialect(file) });
    this.dialect = {
      name: 'sqlite',
      locksRows: false,
      words: new SqliteWords(file),
      keys: (values) => sql`(SELECT value FROM json_each(${values}))`,
      texts: (values) => sql`(SELECT value FROM json_each(${values}))`,
      numbered: (values) => sql`(SELECT value, key AS place FROM json_each(${values}))`,
      // Whoever writes is alone anyway.
      alone: () => Promise.resolve(),
      // Each has its number from the first: nobody else writes until a transaction is over.
      numberChanges: () => Promise.resolve(),
    };
  }

  /** How long a write waits for other processes that write. */
  waitAtMost(milliseconds: number): void {
    this.waitMs = milliseconds;
    this.file.pragma(`busy_timeout = ${milliseconds}`);
  }

  transaction<T>(work: (tx: Sql) => Promise<T>, { durable = false }: { durable?: boolean } = {}): Promise<T> {
    // The log is synced to disk before the transaction ends.
    return durable
      ? this.under('synchronous = FULL', work, () => 'synchronous = NORMAL')
      : this.db.transaction().execute((db) => work({ db, dialect: this.dialect }));
  }

  async spare(work: (tx: Sql) => Promise<void>): Promise<boolean> {
    try {
      await this.under('busy_timeout = 0', work, () => `busy_timeout = ${this.waitMs}`);
      return true;
    } catch (error) {
      if (isBusy(error) || asStorageFull(error)) return false;
      throw error;
    }
  }

  /** A transaction with a setting of the connection that counts for nothing else. */
  private under<T>(setting: string, work: (tx: Sql) => Promise<T>, usual: () => string): Promise<T> {
    return this.db.connection().execute(async (connection) => {
      this.file.pragma(setting);
      try {
        return await connection.transaction().execute((db) => work({ db, dialect: this.dialect }));
      } finally {
        if (this.file.open) this.file.pragma(usual());
      }
    });
  }
}

const opened = new WeakMap<Database, SqliteStorage>();

/** The storage over a connection: one, since it sees to it that what runs there at the same time does not mix. */
export function storageOver(file: Database): SqliteStorage {
  let storage = opened.get(file);
  if (!storage) opened.set(file, (storage = new SqliteStorage(file)));
  return storage;
}
