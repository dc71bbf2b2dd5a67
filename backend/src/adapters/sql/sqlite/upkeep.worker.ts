import { parentPort, workerData } from 'node:worker_threads';
import BetterSqlite3 from 'better-sqlite3';
import type { UpkeepMessage, UpkeepSetup } from './upkeep.js';

/** Pages given back in one transaction, 1 MB: writers wait no longer than for that. */
const COMPACT_PAGES = 128;
const COMPACT_PAUSE_MS = 5;
const BACKUP_PAGES = 1024;
const MAX_COMPLAINTS = 100;
const BUSY_MS = 5_000;
/** A checkpoint that finds readers in its way is left to the next one. */
const CHECKPOINT_BUSY_MS = 200;

const { file, task } = workerData as UpkeepSetup;
const say = (message: UpkeepMessage): void => parentPort!.postMessage(message);
const progress = (share: number): void => say({ kind: 'progress', progress: share });

function check(): string[] {
  const db = new BetterSqlite3(file, { readonly: true, timeout: BUSY_MS });
  try {
    const found = db
      .prepare<[], string>(`PRAGMA integrity_check(${MAX_COMPLAINTS})`)
      .pluck()
      .all()
      .filter((line) => line !== 'ok');
    const loose = db.prepare('PRAGMA foreign_key_check').all() as { table: string; parent: string }[];
    return [
      ...found,
      ...loose.slice(0, MAX_COMPLAINTS).map(({ table, parent }) => `a row of ${table} refers to no ${parent}`),
    ];
  } finally {
    db.close();
  }
}

async function compact(): Promise<void> {
  const db = new BetterSqlite3(file, { timeout: BUSY_MS });
  const freePages = (): number => db.pragma('freelist_count', { simple: true }) as number;
  try {
    if (db.pragma('auto_vacuum', { simple: true }) === 2) {
      const all = freePages();
      for (let free = all; free > 0; free = freePages()) {
        db.pragma(`incremental_vacuum(${COMPACT_PAGES})`);
        progress(1 - free / all);
        await new Promise((resolve) => setTimeout(resolve, COMPACT_PAUSE_MS));
      }
    } else {
      db.pragma('auto_vacuum = 2');
      db.exec('VACUUM');
    }
    db.pragma(`busy_timeout = ${CHECKPOINT_BUSY_MS}`);
    db.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
}

async function backup(to: string): Promise<void> {
  const db = new BetterSqlite3(file, { readonly: true, timeout: BUSY_MS });
  try {
    // One reading transaction holds the moment, so that what others write does not start the copy again.
    db.exec('BEGIN');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    await db.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        if (totalPages > 0) progress(1 - remainingPages / totalPages);
        return BACKUP_PAGES;
      },
    });
  } finally {
    db.close();
  }
  // One file is easier to keep than a file with its log.
  const copy = new BetterSqlite3(to);
  copy.pragma('journal_mode = DELETE');
  copy.close();
}

try {
  let complaints: string[] = [];
  if (task.name === 'check') complaints = check();
  else if (task.name === 'compact') await compact();
  else await backup(task.to);
  say({ kind: 'done', complaints });
} catch (error) {
  say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}
