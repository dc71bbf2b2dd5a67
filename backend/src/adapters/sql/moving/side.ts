/** What a column of a moved table holds; the driver of either engine takes and gives it as it is. */
export type Value = string | number | Buffer | null;
export type Row = readonly Value[];
/** The values of the columns of the primary key. */
export type Key = Row;

/** A table that both engines have. */
export interface Table {
  name: string;
  columns: readonly { name: string; type: string }[];
  /** Places of the primary key's columns among them. */
  key: readonly number[];
  /** The column that the database numbers by itself; null where none is. */
  numbered: string | null;
  /** Keys of rows that a database writes for itself. */
  own: ReadonlySet<Value>;
}

/** One of the two databases between which rows are moved. */
export interface Side {
  /** Rows after the key, in the key's order: by code point, as both engines compare. */
  page(table: Table, after: Key | null, limit: number): Promise<Row[]>;
  keys(table: Table, after: Key | null, limit: number): Promise<Key[]>;
  /** Those of the rows that there are, in any order. */
  rowsOf(table: Table, keys: readonly Key[]): Promise<Row[]>;
  count(table: Table): Promise<number>;
  /** The last number that was given by itself. */
  numbering(table: Table): Promise<number>;
}

export interface Source extends Side {
  /** All reading within sees one moment of the library, while others go on writing. */
  asOfNow<T>(work: (side: Side) => Promise<T>): Promise<T>;
}

/** The one that is written to. */
export interface Target extends Side {
  /**
   * Writes rows, in the place of those with the same keys: all or none.
   * @throws UniqueViolation when another row has what only one may have
   */
  put(table: Table, rows: readonly Row[]): Promise<void>;
  remove(table: Table, keys: readonly Key[]): Promise<void>;
  clear(table: Table): Promise<void>;
  /** Numbers go on after this one. */
  numberAfter(table: Table, last: number): Promise<void>;
}

export class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation';
}

export const keyOf = ({ key }: Table, row: Row): Key => key.map((place) => row[place]!);

/** Texts of PostgreSQL cannot hold the one character; it means nothing in any of ours. */
export const withoutNul = (value: Value): Value => (typeof value === 'string' ? value.replaceAll('\0', '') : value);
