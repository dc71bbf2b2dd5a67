import { parentPort, workerData } from 'node:worker_threads';
import { asStorageFull, DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';
import type { VaultMessage, VaultSetup } from './thread-vault.js';
import { Vault } from './vault.js';

const { options, task } = workerData as VaultSetup;
const say = (message: VaultMessage): void => parentPort!.postMessage(message);

const controller = new AbortController();
parentPort!.once('message', () => controller.abort());

/** Told at most so often. */
const SAY_MS = 100;
let saidAt = -Infinity;
const report = (progress: number): void => {
  if (performance.now() - saidAt < SAY_MS) return;
  saidAt = performance.now();
  say({ kind: 'progress', progress });
};

try {
  const vault = new Vault(options);
  const answer =
    task.name === 'write'
      ? await vault.write(task.order, { signal: controller.signal, report })
      : await vault.remove(task.ids);
  say({ kind: 'done', answer });
} catch (error) {
  const known = asStorageFull(error) ?? error;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (known instanceof DomainError) say({ kind: 'failed', code: known.code, reasons: known.reasons, message });
  else say({ kind: 'failed', code: 'internal', reasons: [because('work_failed')], message });
} finally {
  parentPort!.close();
}
