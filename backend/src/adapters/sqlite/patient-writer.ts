import { setTimeout as sleep } from 'node:timers/promises';
import { asBusy, isBusy, WRITE_PATIENCE_MS } from './busy.js';
import type { Database } from './database.js';
import { perform, type storesOver, type WriteCall, type Writer } from './stores.js';

const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;

/**
 * Writes over a connection of this thread. While another process writes, the call waits and the thread goes on: SQLite's own
 * way of waiting would hold up everything else.
 */
export class PatientWriter implements Writer {
  constructor(
    db: Database,
    private readonly stores: ReturnType<typeof storesOver>,
    private readonly patienceMs = WRITE_PATIENCE_MS,
  ) {
    db.pragma('busy_timeout = 0');
  }

  async write(call: WriteCall): Promise<unknown> {
    const deadline = Date.now() + this.patienceMs;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      try {
        return perform(this.stores, call);
      } catch (error) {
        if (!isBusy(error) || Date.now() > deadline) throw asBusy(error);
        await sleep(waitMs);
      }
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
