import type { Database } from './database.js';

/**
 * Takes the UNIQUE from a column, with all that is in the table and hangs on it. SQLite can do so only by making the table anew;
 * references between tables must be off meanwhile, or dropping the old one would take along what refers to it.
 */
export function loosen(db: Database, { table, column }: { table: string; column: string }): void {
  const textOf = db
    .prepare<[string], string>(`SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?`)
    .pluck();
  const before = textOf.get(table) ?? '';
  const after = before.replace(new RegExp(`(\\b${column} TEXT NOT NULL) UNIQUE\\b`), '$1');
  if (after === before) return;
  const hanging = db
    .prepare<[string], string>(
      `SELECT sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND tbl_name = ? AND sql IS NOT NULL ORDER BY rowid`,
    )
    .pluck()
    .all(table);
  const next = `${table}_anew`;
  db.exec(after.replace(/^CREATE TABLE "?\w+"?/, `CREATE TABLE ${next}`));
  db.exec(`INSERT INTO ${next} SELECT * FROM ${table}`);
  // Keys are not given again: the next is as it would have been.
  db.exec(`DELETE FROM sqlite_sequence WHERE name = '${next}'`);
  db.exec(`INSERT INTO sqlite_sequence (name, seq) SELECT '${next}', seq FROM sqlite_sequence WHERE name = '${table}'`);
  db.exec(`DROP TABLE ${table}`);
  // What names the table elsewhere means the new one as it meant the old.
  db.pragma('legacy_alter_table = ON');
  db.exec(`ALTER TABLE ${next} RENAME TO ${table}`);
  db.pragma('legacy_alter_table = OFF');
  for (const text of hanging) db.exec(text);
}
