/** A step from one form of the tables to the next, in SQLite. Those up to 0018 are one beginning for PostgreSQL. */
export interface Migration {
  name: string;
  sql: string;
  /** Columns of SQLite's tables that need not be unique from then on; before `sql`. */
  loosens?: readonly { table: string; column: string }[];
}

/** A step of both engines: each says in its own words what is the same in the end. */
export interface SharedMigration extends Migration {
  postgres: string;
}

const EVENTS = ['INSERT', 'UPDATE', 'DELETE'] as const;

/** Triggers that count each change of a table's rows as a change of the library: search may answer otherwise from then on. */
export const countedInSqlite = (table: string): string =>
  EVENTS.map(
    (event) => `
    CREATE TRIGGER ${table}_${event.toLowerCase()}_counted AFTER ${event} ON ${table} BEGIN
      UPDATE library_changes SET number = number + 1;
    END;`,
  ).join('');

/** The same in PostgreSQL, once for each statement that changed a row. */
export const countedInPostgres = (table: string): string =>
  EVENTS.map(
    (event) => `
    CREATE TRIGGER ${table}_${event.toLowerCase()}_counted AFTER ${event} ON ${table}
      REFERENCING ${event === 'DELETE' ? 'OLD' : 'NEW'} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_change();`,
  ).join('');
