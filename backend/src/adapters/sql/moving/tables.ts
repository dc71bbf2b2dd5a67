import type { PostgresSide } from './postgres-side.js';
import type { Table } from './side.js';
import type { SqliteSide } from './sqlite-side.js';

/** What each database makes or counts for itself, and what only says who is at work there. */
const OWN = new Set(['library_changes', 'index_changes', 'leases', 'migrations', 'vector_sets']);
const OWN_ROWS: Readonly<Record<string, readonly string[]>> = { settings: ['words.changes'] };

/**
 * The tables that are moved, those that others need first. What only one engine has beside them (words, migrations) is its own.
 * @throws Error when a table or a column of SQLite has no counterpart: that would be lost
 */
export async function sharedTables(sqlite: SqliteSide, postgres: PostgresSide): Promise<Table[]> {
  const there = await postgres.tables();
  const described = sqlite.tables().filter(({ name }) => !OWN.has(name));
  const tables = described.map(({ name, columns, key, numbered, needs }) => {
    const types = there.get(name);
    const typed = columns.map((column) => ({ name: column, type: types?.get(column) ?? '' }));
    const lacking = typed.find(({ type }) => type === '');
    if (lacking || key.length === 0) throw new Error(`There is no way to move ${name}.${lacking?.name ?? ''}.`);
    return {
      name,
      columns: typed,
      key: key.map((column) => columns.indexOf(column)),
      numbered,
      needs,
      own: new Set(OWN_ROWS[name]),
    };
  });
  const ordered: Table[] = [];
  const placed = new Set<string>();
  const place = (name: string): void => {
    const table = tables.find((each) => each.name === name);
    if (!table || placed.has(name)) return;
    placed.add(name);
    const { needs, ...rest } = table;
    for (const other of needs) place(other);
    ordered.push(rest);
  };
  for (const { name } of tables) place(name);
  return ordered;
}
