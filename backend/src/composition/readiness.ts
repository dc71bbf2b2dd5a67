import { DomainError } from '../domain/errors.js';
import type { JobQueue, JobRepository } from '../domain/ingest/ingest.ports.js';
import type { AudioStore } from '../domain/library/library.ports.js';
import type { ReadinessCheck } from '../http/deps.js';
import type { Engines } from './engines.js';

const LOW_DISK_BYTES = 100 * 1024 * 1024;

/** What `/health/ready` asks for. */
export function readinessChecks(parts: {
  jobs: Pick<JobRepository, 'counts'>;
  queue: Pick<JobQueue, 'ping'>;
  engines: Engines;
  store: Pick<AudioStore, 'freeBytes'>;
}): ReadinessCheck[] {
  return [
    {
      name: 'database',
      check: async () => {
        await parts.jobs.counts();
      },
    },
    { name: 'queue', check: () => parts.queue.ping() },
    {
      name: 'index',
      check: () => {
        const { state, progress } = parts.engines.current.index.status();
        if (state === 'ready') return Promise.resolve();
        const detail = `The index is ${state} (${Math.round(progress * 100)} %); names and tags can be searched meanwhile.`;
        return Promise.reject(new DomainError('not_ready', detail));
      },
    },
    { name: 'model', check: () => parts.engines.current.texts.embedTexts(['rain']).then(() => undefined) },
    {
      name: 'storage',
      check: async () => {
        if ((await parts.store.freeBytes()) < LOW_DISK_BYTES) {
          throw new DomainError('storage_full', 'Less than 100 MB are free on the disk of the data directory.');
        }
      },
    },
  ];
}
