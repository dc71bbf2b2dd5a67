import type pg from 'pg';
import {
  type Key,
  keyOf,
  type Row,
  type Side,
  type Source,
  type Table,
  type Target,
  UniqueViolation,
  withoutNul,
} from './side.js';

const quoted = (name: string): string => `"${name}"`;

type Asked = Pick<pg.Pool, 'query'>;

/** A library in PostgreSQL, as rows of tables. */
export class PostgresSide implements Source, Target {
  constructor(
    private readonly pool: pg.Pool,
    private readonly asked: Asked = pool,
  ) {}

  /** Names and types of the columns of all tables. */
  async tables(): Promise<Map<string, Map<string, string>>> {
    const { rows } = await this.asked.query<{ name: string; columns: Record<string, string> }>(
      `SELECT relname AS name, json_object_agg(attname, format_type(atttypid, NULL)) AS columns
       FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
       WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace AND attnum > 0 AND NOT attisdropped
       GROUP BY relname`,
    );
    return new Map(rows.map(({ name, columns }) => [name, new Map(Object.entries(columns))]));
  }

  async asOfNow<T>(work: (side: Side) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      try {
        return await work(new PostgresSide(this.pool, client));
      } finally {
        await client.query('COMMIT').catch(() => undefined);
      }
    } finally {
      client.release();
    }
  }

  page(table: Table, after: Key | null, limit: number): Promise<Row[]> {
    return this.read(table, columnsOf(table), after, limit);
  }

  keys(table: Table, after: Key | null, limit: number): Promise<Key[]> {
    return this.read(table, keyColumns(table), after, limit);
  }

  rowsOf(table: Table, keys: readonly Key[]): Promise<Row[]> {
    const names = keyColumns(table);
    return this.rows(
      `SELECT ${columnsOf(table)
        .map((name) => `found.${name}`)
        .join(', ')}
       FROM ${this.listed(keyTypes(table))} AS wanted (${names.map((_, at) => `k${at}`).join(', ')})
       JOIN ${quoted(table.name)} AS found ON ${names.map((name, at) => `found.${name} = k${at}`).join(' AND ')}`,
      lists(keys, names.length),
    );
  }

  async count({ name }: Table): Promise<number> {
    return Number((await this.rows(`SELECT count(*) FROM ${quoted(name)}`))[0]![0]);
  }

  async numbering(table: Table): Promise<number> {
    const sequence = await this.sequenceOf(table);
    // One that has given no number yet says the first that it will give.
    const [row] = await this.rows(
      `SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM ${sequence}`,
    );
    return Number(row![0]);
  }

  put(table: Table, rows: readonly Row[]): Promise<void> {
    const columns = columnsOf(table);
    const key = keyColumns(table);
    const others = columns.filter((name) => !key.includes(name));
    const change =
      others.length === 0 ? 'NOTHING' : `UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`;
    return this.write(
      `INSERT INTO ${quoted(table.name)} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE
       SELECT * FROM ${this.listed(table.columns.map(({ type }) => type))} AS listed
       ON CONFLICT (${key.join(', ')}) DO ${change}`,
      lists(rows, columns.length),
    );
  }

  remove(table: Table, keys: readonly Key[]): Promise<void> {
    const names = keyColumns(table);
    return this.write(
      `DELETE FROM ${quoted(table.name)} AS found
       USING ${this.listed(keyTypes(table))} AS gone (${names.map((_, at) => `k${at}`).join(', ')})
       WHERE ${names.map((name, at) => `found.${name} = k${at}`).join(' AND ')}`,
      lists(keys, names.length),
    );
  }

  clear({ name }: Table): Promise<void> {
    return this.write(`DELETE FROM ${quoted(name)}`);
  }

  async numberAfter(table: Table, last: number): Promise<void> {
    if (last > 0) await this.write(`SELECT setval('${await this.sequenceOf(table)}', $1)`, [last]);
  }

  private async sequenceOf({ name, numbered }: Table): Promise<string> {
    return (await this.rows('SELECT pg_get_serial_sequence($1, $2)', [name, numbered]))[0]![0] as string;
  }

  private read(table: Table, columns: readonly string[], after: Key | null, limit: number): Promise<Row[]> {
    const key = keyColumns(table);
    const beyond = after ? `WHERE (${key.join(', ')}) > (${key.map((_, at) => `$${at + 1}`).join(', ')})` : '';
    return this.rows(
      `SELECT ${columns.join(', ')} FROM ${quoted(table.name)} ${beyond} ORDER BY ${key.join(', ')} LIMIT ${limit}`,
      [...(after ?? [])],
    );
  }

  private async rows(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.asked.query<Row & unknown[]>({ text, values, rowMode: 'array' })).rows;
  }

  private async write(text: string, values: unknown[] = []): Promise<void> {
    try {
      await this.pool.query(text, values);
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === '23505') throw new UniqueViolation(message, { cause: error });
      throw error;
    }
  }

  /** The parameters as a table: one list for each column. */
  private listed(types: readonly string[]): string {
    return `unnest(${types.map((type, at) => `$${at + 1}::${type}[]`).join(', ')})`;
  }
}

const columnsOf = ({ columns }: Table): string[] => columns.map(({ name }) => quoted(name));
const keyColumns = (table: Table): string[] => keyOf(table, columnsOf(table)) as string[];
const keyTypes = ({ key, columns }: Table): string[] => key.map((place) => columns[place]!.type);
const lists = (rows: readonly Row[], columns: number): unknown[][] =>
  Array.from({ length: columns }, (_, at) => rows.map((row) => withoutNul(row[at]!)));
