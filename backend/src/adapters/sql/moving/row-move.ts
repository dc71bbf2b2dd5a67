import { sql as raw } from 'kysely';
import { DomainError } from '../../../domain/errors.js';
import type { MoveWork, RowMove } from '../../../domain/moving/moving.ports.js';
import { inSlices } from '../../../domain/slices.js';
import type { Sql, Storage } from '../dialect.js';
import { indexWords } from '../sound.rows.js';
import { now } from '../values.js';
import { compareRows, copyRows } from './copy-rows.js';
import type { Source, Table, Target } from './side.js';

/** Leases that never end, at the target: a move is under way; words of sounds may not be as their rows say. */
const MOVING = 'moving';
const WORDS = 'moving.words';
const FOREVER = '9999-12-31T23:59:59.999Z';
/** What a program writes by itself when it starts on an empty database. */
const MADE_BY_A_START = new Set(['settings']);
const SOUNDS = 200;

/** A database with its rows. */
export interface Place {
  storage: Storage;
  side: Source & Target;
}

export class SqlRowMove implements RowMove {
  /** @param from the source, in words */
  constructor(private readonly parts: { source: Place; target: Place; tables: readonly Table[]; from: string }) {}

  async begin(): Promise<boolean> {
    const { target, tables, from } = this.parts;
    const before = await leaseOf(target.storage, MOVING);
    if (before !== null && before !== from) {
      throw new DomainError(
        'conflict',
        `The database at --to holds half of another move, which began from ${before}. End that one, or name an empty database.`,
      );
    }
    if (before !== null) return true;
    if (await isInUse(target.storage)) {
      throw new DomainError(
        'conflict',
        'A Traum-Engine uses the database at --to. Stop it, or name an empty database.',
      );
    }
    for (const table of tables) {
      if (MADE_BY_A_START.has(table.name) || (await target.side.count(table)) === 0) continue;
      throw new DomainError(
        'conflict',
        `The database at --to is not empty: it has rows in ${table.name}, which this move did not bring. Name an empty one.`,
      );
    }
    await hold(target.storage, MOVING, from);
    return false;
  }

  async copy({ signal, report }: MoveWork): Promise<number> {
    const { source, target, tables } = this.parts;
    const { storage } = target;
    // A crash in between leaves words behind that rows do not say any more.
    const all = (await leaseOf(storage, WORDS)) !== null;
    await hold(storage, WORDS, 'all');
    let done = 0;
    const { written, removed, sounds } = await source.side.asOfNow((side) =>
      copyRows(side, target.side, tables, { signal, report: (rows) => report('rows', (done += rows), 0) }),
    );
    const keys = all ? await keysOf(storage) : [...sounds];
    let indexed = 0;
    await inSlices(keys, SOUNDS, async (some) => {
      signal.throwIfAborted();
      await storage.transaction(async (tx) => {
        for (const key of some) await indexWords(tx, key);
        await tx.dialect.words.changed(tx);
      });
      report('words', (indexed += some.length), keys.length);
    });
    await letGo(storage, WORDS);
    return written + removed;
  }

  async compare({ signal, report }: MoveWork): Promise<{ rows: number; differing: string[] }> {
    const { source, target, tables } = this.parts;
    let done = 0;
    return source.side.asOfNow((side) =>
      compareRows(side, target.side, tables, { signal, report: (rows) => report('comparing', (done += rows), 0) }),
    );
  }

  async finish(): Promise<void> {
    const { storage } = this.parts.target;
    // Indexes follow this log; the one of the source tells of segments that never were here.
    await storage.transaction(async ({ db }) => {
      await raw`DELETE FROM index_changes`.execute(db);
      await raw`INSERT INTO index_changes (op, segment_id) SELECT 'add', id FROM segments
        WHERE sound_key NOT IN (SELECT sound_key FROM bin) ORDER BY id`.execute(db);
    });
    await raw`ANALYZE`.execute(storage.db);
    await letGo(storage, MOVING);
  }
}

/** Whether a living program uses the database: they say so every few seconds. */
export async function isInUse({ db }: Pick<Sql, 'db'>): Promise<boolean> {
  const { rows } = await raw`SELECT 1 FROM leases WHERE held_until > ${now()} AND held_until <> ${FOREVER}`.execute(db);
  return rows.length > 0;
}

/** @throws DomainError `conflict` when the library is still on its way to this database */
export async function refuseHalfMoved(sql: Pick<Sql, 'db'>): Promise<void> {
  const from = await leaseOf(sql, MOVING);
  if (from === null) return;
  throw new DomainError(
    'conflict',
    `This database holds half of a library that is being moved from ${from}. Run npm run migrate-store again until it says that ` +
      'all is there, or go on with the settings that you had before.',
  );
}

async function leaseOf({ db }: Pick<Sql, 'db'>, name: string): Promise<string | null> {
  const { rows } = await raw<{ holder: string }>`SELECT holder FROM leases WHERE name = ${name}`.execute(db);
  return rows[0]?.holder ?? null;
}

async function hold({ db }: Pick<Sql, 'db'>, name: string, holder: string): Promise<void> {
  await raw`INSERT INTO leases (name, holder, held_until) VALUES (${name}, ${holder}, ${FOREVER}) ON CONFLICT DO NOTHING`.execute(
    db,
  );
}

async function letGo({ db }: Pick<Sql, 'db'>, name: string): Promise<void> {
  await raw`DELETE FROM leases WHERE name = ${name}`.execute(db);
}

async function keysOf({ db }: Pick<Sql, 'db'>): Promise<number[]> {
  const rows = await db.selectFrom('library').select('sound_key').orderBy('sound_key').execute();
  return rows.map((row) => row.sound_key);
}
