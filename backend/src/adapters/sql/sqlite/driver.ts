import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { List } from '../dialect.js';
import type { Database } from './database.js';

/**
 * Kysely over a connection of ours. Statements are kept prepared (see `openDatabase`), which Kysely's own driver does not do;
 * transactions take the lock for writing at once, so that none fails half-way because another process writes.
 */
export class SqliteDialect implements Dialect {
  readonly createAdapter = (): SqliteAdapter => new SqliteAdapter();
  readonly createQueryCompiler = (): SqliteQueryCompiler => new SqliteQueryCompiler();
  readonly createIntrospector = (db: ConstructorParameters<typeof SqliteIntrospector>[0]): SqliteIntrospector =>
    new SqliteIntrospector(db);

  constructor(private readonly file: Database) {}

  createDriver(): Driver {
    return new SqliteDriver(this.file);
  }
}

class SqliteDriver implements Driver {
  private readonly connection: SqliteConnection;
  /** Resolved when whoever has the connection gives it back; null while nobody has it. */
  private taken: Promise<void> | null = null;
  private giveBack: () => void = () => undefined;

  constructor(private readonly file: Database) {
    this.connection = new SqliteConnection(file);
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    while (this.taken) await this.taken;
    this.taken = new Promise((resolve) => (this.giveBack = resolve));
    return this.connection;
  }

  releaseConnection(): Promise<void> {
    this.taken = null;
    this.giveBack();
    return Promise.resolve();
  }

  async beginTransaction(): Promise<void> {
    await this.connection.executeQuery(CompiledQuery.raw('BEGIN IMMEDIATE'));
  }

  async commitTransaction(): Promise<void> {
    await this.connection.executeQuery(CompiledQuery.raw('COMMIT'));
  }

  async rollbackTransaction(): Promise<void> {
    // A full disk has ended it already.
    if (this.file.inTransaction) await this.connection.executeQuery(CompiledQuery.raw('ROLLBACK'));
  }

  destroy(): Promise<void> {
    return Promise.resolve();
  }
}

class SqliteConnection implements DatabaseConnection {
  constructor(private readonly file: Database) {}

  // eslint-disable-next-line @typescript-eslint/require-await -- an error of SQLite is to reject, not to be thrown
  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const statement = this.file.prepare<unknown[], Row>(sql);
    const values = parameters.map(sent);
    if (statement.reader) return { rows: statement.all(...values) };
    return { rows: [], numAffectedRows: BigInt(statement.run(...values).changes) };
  }

  // eslint-disable-next-line require-yield, @typescript-eslint/require-await -- nothing here is read row by row
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('rows are not streamed');
  }
}

function sent(value: unknown): unknown {
  if (value instanceof List) return JSON.stringify(value.values);
  return value === undefined ? null : value;
}
