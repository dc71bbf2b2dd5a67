import { DomainError, statedBy } from '../domain/errors.js';
import { because, type Stated } from '../domain/reasons.js';
import type { ReadinessCheck } from './deps.js';
import { toError } from './present-reasons.js';

/** Whether a part works, and how long it took to say so; one that has not answered in time does not. */
export async function inspect(part: ReadinessCheck, patienceMs: number) {
  const startedAt = performance.now();
  let failed: Stated | null = null;
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new DomainError('not_ready', because('no_answer_in_time'))), patienceMs);
    });
    await Promise.race([part.check(), late]);
  } catch (error) {
    // Only messages that were written for people leave the server.
    failed = statedBy(error, because('check_failed'));
  } finally {
    clearTimeout(timer);
  }
  const ms = Math.round(performance.now() - startedAt);
  const { error: detail, reasons } = toError(failed);
  return { name: part.name, ok: failed === null, ms, detail, reasons };
}
