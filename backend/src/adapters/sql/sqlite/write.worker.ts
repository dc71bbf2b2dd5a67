import { parentPort, workerData } from 'node:worker_threads';
import BetterSqlite3 from 'better-sqlite3';
import { DomainError } from '../../../domain/errors.js';
import { asBusy } from './busy.js';
import { openDatabase } from './database.js';
import { perform, seenStores, storesOver } from '../stores.js';
import { storageOver } from './storage.js';
import type { SentError, WriteAnswer, WriteRequest, WriteSetup } from './thread-writer.js';

const setup = workerData as WriteSetup;
const db = openDatabase(setup.file);
const storage = storageOver(db);
const stores = seenStores((viewer) => storesOver(storage, setup, viewer));
/** What was asked for last. */
let last: Promise<void> = Promise.resolve();

// One after the other, in the order they come: each is one transaction, or several that belong together.
parentPort!.on('message', (request: WriteRequest) => {
  last = last.then(async () => {
    if (request === 'close') {
      db.close();
      parentPort!.close();
      return;
    }
    parentPort!.postMessage(await answerTo(request));
  });
});

async function answerTo({ id, call, deadline }: Exclude<WriteRequest, string>): Promise<WriteAnswer> {
  try {
    // One that has waited behind others does not wait as long again.
    storage.waitAtMost(Math.max(0, deadline - Date.now()));
    return { id, value: await perform(stores, call) };
  } catch (error) {
    return { id, error: sent(asBusy(error)) };
  }
}

function sent(error: unknown): SentError {
  if (error instanceof DomainError) {
    const { fields, reasons, transient } = error;
    return { kind: 'domain', args: [error.code, reasons.length > 0 ? reasons : error.message, { fields, transient }] };
  }
  if (error instanceof BetterSqlite3.SqliteError) return { kind: 'sqlite', message: error.message, code: error.code };
  return { kind: 'other', error };
}
