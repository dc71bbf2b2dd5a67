import { setTimeout as sleep } from 'node:timers/promises';
import { asBusy, isBusy, WRITE_PATIENCE_MS } from './busy.js';
import { perform, type storesOver, type WriteCall, type Writer } from '../stores.js';
import type { storageOver } from './storage.js';

const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;

/**
 * Writes over a connection of this thread. While another process writes, the call waits and the thread goes on: SQLite's own
 * way of waiting would hold up everything else.
 */
export class PatientWriter implements Writer {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    storage: ReturnType<typeof storageOver>,
    private readonly stores: ReturnType<typeof storesOver>,
    private readonly patienceMs = WRITE_PATIENCE_MS,
  ) {
    storage.waitAtMost(0);
  }

  /** One after the other: what one writes never lies in the transaction of another. */
  write(call: WriteCall): Promise<unknown> {
    const written = this.last.then(() => this.patiently(call));
    this.last = written.catch(() => undefined);
    return written;
  }

  private async patiently(call: WriteCall): Promise<unknown> {
    const deadline = Date.now() + this.patienceMs;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      try {
        return await perform(() => this.stores, call);
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
