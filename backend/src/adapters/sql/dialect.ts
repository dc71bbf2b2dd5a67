import type { Kysely, RawBuilder } from 'kysely';
import type { WordIndex } from './words.js';
import type { Schema } from './schema.js';

/** What the two engines do in ways of their own; everything else is one code. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  readonly words: WordIndex;
  /** Whether several may write at once: who reads in order to write locks the row then. */
  readonly locksRows: boolean;
  /** Until the transaction ends, others who ask for the same wait. */
  alone(tx: Sql, what: string): Promise<void>;
  /** The values of one parameter, to stand behind IN: one statement, however many there are. */
  keys(values: List<number>): RawBuilder<number>;
  texts(values: List<string>): RawBuilder<string>;
  /** Numbers with their places in the list, from 0: a table of `value` and `place`. */
  numbered(values: List<number>): RawBuilder<{ value: number; place: number }>;
  /** Gives lines of the change log their numbers that were committed without; outside of transactions, before it is read. */
  numberChanges(sql: Pick<Sql, 'db'>): Promise<void>;
}

/** Where statements go: a connection, or a transaction over one. */
export interface Sql {
  readonly db: Kysely<Schema>;
  readonly dialect: Dialect;
}

/** A database: statements of their own, and transactions. */
export interface Storage extends Sql {
  /**
   * All of the work or nothing.
   * @param options.durable its result survives even a power cut
   * @throws DomainError `busy` when others write without a pause; whatever the work throws
   */
  transaction<T>(work: (tx: Sql) => Promise<T>, options?: { durable?: boolean }): Promise<T>;
  /**
   * Does what may as well be done later.
   * @returns false when another process was writing, or the disk is full: nothing was done
   */
  spare(work: (tx: Sql) => Promise<void>): Promise<boolean>;
}

/** A list as one parameter. How it is sent is the driver's. */
export class List<T extends number | string = number | string> {
  constructor(readonly values: readonly T[]) {}
}
