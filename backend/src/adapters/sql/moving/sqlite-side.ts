import type { Database } from '../sqlite/database.js';
import { type Key, keyOf, type Row, type Side, type Source, type Table, type Target, UniqueViolation } from './side.js';

interface Described {
  name: string;
  columns: string[];
  key: string[];
  numbered: string | null;
  /** Tables whose rows these rows need. */
  needs: string[];
}

const quoted = (name: string): string => `"${name}"`;

/** A library in one file, as rows of tables. */
export class SqliteSide implements Source, Target {
  constructor(private readonly db: Database) {}

  /** All tables but those that belong to another (the parts of a full-text index). */
  tables(): Described[] {
    const list = this.db
      .prepare<[], { name: string; sql: string }>(
        `SELECT list.name, sql FROM pragma_table_list AS list JOIN sqlite_schema ON sqlite_schema.name = list.name
         WHERE list.schema = 'main' AND list.type = 'table' AND list.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
      )
      .all();
    return list.map(({ name, sql }) => {
      const columns = this.db
        .prepare<[string], { name: string; pk: number }>('SELECT name, pk FROM pragma_table_info(?)')
        .all(name);
      const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
      const needs = this.db
        .prepare<[string], string>('SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)')
        .pluck()
        .all(name);
      return {
        name,
        columns: columns.map((column) => column.name),
        key: key.map((column) => column.name),
        numbered: /\bAUTOINCREMENT\b/i.test(sql) ? key[0]!.name : null,
        needs: needs.filter((other) => other !== name),
      };
    });
  }

  async asOfNow<T>(work: (side: Side) => Promise<T>): Promise<T> {
    this.db.exec('BEGIN');
    try {
      return await work(this);
    } finally {
      this.db.exec('COMMIT');
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
    const wanted = keys.map(() => `(${names.map(() => '?').join(', ')})`).join(', ');
    const columns = columnsOf(table).map((name) => `found.${name}`);
    const rows = this.db
      .prepare(
        `WITH wanted (${names.map((_, at) => `k${at}`).join(', ')}) AS (VALUES ${wanted})
         SELECT ${columns.join(', ')} FROM wanted CROSS JOIN ${quoted(table.name)} AS found
         ON ${names.map((name, at) => `found.${name} = k${at}`).join(' AND ')}`,
      )
      .raw()
      .all(...keys.flat());
    return Promise.resolve(rows as Row[]);
  }

  count({ name }: Table): Promise<number> {
    return Promise.resolve(
      this.db
        .prepare<[], number>(`SELECT count(*) FROM ${quoted(name)}`)
        .pluck()
        .get()!,
    );
  }

  numbering({ name }: Table): Promise<number> {
    const last = this.db.prepare<[string], number>('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck().get(name);
    return Promise.resolve(last ?? 0);
  }

  put(table: Table, rows: readonly Row[]): Promise<void> {
    const columns = columnsOf(table);
    const key = keyColumns(table);
    const others = columns.filter((name) => !key.includes(name));
    const change =
      others.length === 0 ? 'NOTHING' : `UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`;
    const insert = this.db.prepare(
      `INSERT INTO ${quoted(table.name)} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
       ON CONFLICT (${key.join(', ')}) DO ${change}`,
    );
    return this.writing(() => {
      for (const row of rows) insert.run(...row);
    });
  }

  remove(table: Table, keys: readonly Key[]): Promise<void> {
    const condition = keyColumns(table).map((name) => `${name} = ?`);
    const statement = this.db.prepare(`DELETE FROM ${quoted(table.name)} WHERE ${condition.join(' AND ')}`);
    return this.writing(() => {
      for (const key of keys) statement.run(...key);
    });
  }

  clear({ name }: Table): Promise<void> {
    return this.writing(() => this.db.prepare(`DELETE FROM ${quoted(name)}`).run());
  }

  numberAfter({ name }: Table, last: number): Promise<void> {
    return this.writing(() => {
      const { changes } = this.db.prepare('UPDATE sqlite_sequence SET seq = ? WHERE name = ?').run(last, name);
      if (changes === 0) this.db.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(name, last);
    });
  }

  private read(table: Table, columns: readonly string[], after: Key | null, limit: number): Promise<Row[]> {
    const key = keyColumns(table);
    const beyond = after ? `WHERE (${key.join(', ')}) > (${key.map(() => '?').join(', ')})` : '';
    const rows = this.db
      .prepare(`SELECT ${columns.join(', ')} FROM ${quoted(table.name)} ${beyond} ORDER BY ${key.join(', ')} LIMIT ?`)
      .raw()
      .all(...(after ?? []), limit);
    return Promise.resolve(rows as Row[]);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- an error of SQLite is to reject, not to be thrown
  private async writing(work: () => unknown): Promise<void> {
    try {
      this.db.transaction(work).immediate();
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string };
      if (/^SQLITE_CONSTRAINT_(?:UNIQUE|PRIMARYKEY)/.test(code)) throw new UniqueViolation(message, { cause: error });
      throw error;
    }
  }
}

const columnsOf = ({ columns }: Table): string[] => columns.map(({ name }) => quoted(name));
const keyColumns = (table: Table): string[] => keyOf(table, columnsOf(table)) as string[];
