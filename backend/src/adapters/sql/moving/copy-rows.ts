import { createHash } from 'node:crypto';
import { type Key, keyOf, type Row, type Side, type Table, type Target, UniqueViolation, withoutNul } from './side.js';

/** Rows that are compared at a time; vectors, peaks and fingerprints are large. */
const ROWS = 1000;
const LARGE_ROWS = 250;
/** What a database adds by itself when sounds leave it: the files that are still to be deleted there. */
const KEEPS_ITS_OWN = 'leftovers';

export interface Copied {
  written: number;
  removed: number;
  /** Keys of sounds of which something changed that is found by words. */
  sounds: Set<number>;
}

export interface Progress {
  signal: AbortSignal;
  /** @param rows how many more were looked at */
  report: (rows: number) => void;
}

/**
 * Makes the tables of one database those of another: what is there already and the same stays, so that what was interrupted goes on
 * where it was, and a second time costs little more than reading.
 */
export async function copyRows(
  from: Side,
  to: Target,
  tables: readonly Table[],
  { signal, report }: Progress,
): Promise<Copied> {
  const copied: Copied = { written: 0, removed: 0, sounds: new Set() };
  const changed = (table: Table, rows: readonly Row[]): void => {
    const place = table.columns.findIndex(({ name }) => name === 'sound_key');
    if (place >= 0) for (const row of rows) copied.sounds.add(Number(row[place]));
  };
  // Before anything comes: whose place another takes has left.
  for (const table of [...tables].reverse()) {
    if (table.name === KEEPS_ITS_OWN) continue;
    for await (const keys of pages(table, (after, limit) => to.keys(table, after, limit), keyItself)) {
      signal.throwIfAborted();
      const rows = await from.rowsOf(table, keys);
      const known = new Set(rows.map((row) => identity(keyOf(table, row))));
      const gone = keys.filter((key) => !known.has(identity(key)));
      if (gone.length === 0) continue;
      changed(table, await to.rowsOf(table, gone));
      await to.remove(table, gone);
      copied.removed += gone.length;
    }
  }
  for (const table of tables) {
    const put = async (): Promise<void> => {
      for await (const rows of pages(
        table,
        (after, limit) => from.page(table, after, limit),
        (row) => keyOf(table, row),
      )) {
        signal.throwIfAborted();
        const keys = rows.map((row) => keyOf(table, row));
        const there = new Map((await to.rowsOf(table, keys)).map((row) => [identity(keyOf(table, row)), row]));
        const other = rows.filter((row, at) => !isSame(row, there.get(identity(keys[at]!))));
        if (other.length > 0) await to.put(table, other);
        changed(table, other);
        copied.written += other.length;
        report(rows.length);
      }
    };
    try {
      await put();
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error;
      // Two rows have exchanged what only one may have: none can be written before the other.
      await to.clear(table);
      await put();
    }
    if (table.numbered !== null) {
      const last = Math.max(await from.numbering(table), await to.numbering(table));
      await to.numberAfter(table, last);
    }
  }
  return copied;
}

/** Reads all rows of both databases and compares their numbers and their hashes. @returns how many, and what differs */
export async function compareRows(
  from: Side,
  to: Side,
  tables: readonly Table[],
  { signal, report }: Progress,
): Promise<{ rows: number; differing: string[] }> {
  const differing: string[] = [];
  let total = 0;
  for (const table of tables) {
    if (table.name === KEEPS_ITS_OWN) continue;
    const [source, target] = [await digestOf(from, table, signal), await digestOf(to, table, signal)];
    if (source.rows !== target.rows || source.hash !== target.hash) {
      differing.push(`${table.name} (${source.rows} rows, ${target.rows} at the target)`);
    }
    total += source.rows;
    report(source.rows);
  }
  return { rows: total, differing };
}

async function digestOf(side: Side, table: Table, signal: AbortSignal): Promise<{ rows: number; hash: string }> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const page of pages(
    table,
    (after, limit) => side.page(table, after, limit),
    (row) => keyOf(table, row),
  )) {
    signal.throwIfAborted();
    for (const row of page) {
      for (const value of row) {
        const bytes = Buffer.isBuffer(value) ? value : Buffer.from(String(withoutNul(value)));
        // The kind and the length first: no two rows are written alike.
        hash.update(`${value === null ? 'n' : typeof value}${bytes.length}:`).update(bytes);
      }
    }
    rows += page.length;
  }
  return { rows, hash: hash.digest('hex') };
}

const keyItself = (key: Key): Key => key;
const identity = (key: Key): string => JSON.stringify(key);

function isSame(row: Row, there: Row | undefined): boolean {
  return (
    there?.every((value, at) => {
      const other = row[at]!;
      return Buffer.isBuffer(value)
        ? Buffer.isBuffer(other) && value.equals(other)
        : String(value) === String(withoutNul(other)) && (value === null) === (other === null);
    }) ?? false
  );
}

async function* pages<Item>(
  table: Table,
  read: (after: Key | null, limit: number) => Promise<Item[]>,
  keyOfItem: (item: Item) => Key,
): AsyncGenerator<Item[]> {
  const limit = table.columns.some(({ type }) => type === 'bytea') ? LARGE_ROWS : ROWS;
  let after: Key | null = null;
  for (;;) {
    const items: Item[] = await read(after, limit);
    const shared = items.filter((item) => !table.own.has(keyOfItem(item)[0]!));
    if (shared.length > 0) yield shared;
    if (items.length < limit) return;
    after = keyOfItem(items.at(-1)!);
  }
}
