import { DomainError } from '../domain/errors.js';
import type { JobQueue, JobRepository } from '../domain/ingest/ingest.ports.js';
import type { AudioStore } from '../domain/library/library.ports.js';
import type { ReadinessCheck } from '../http/deps.js';
import type { ActiveModel } from './active-model.js';
import { because } from '../domain/reasons.js';

const LOW_DISK_BYTES = 100 * 1024 * 1024;

/** What `/health/ready` asks for. */
export function readinessChecks(parts: {
  jobs: Pick<JobRepository, 'counts'>;
  queue: Pick<JobQueue, 'ping'>;
  activeModel: ActiveModel;
  store: Pick<AudioStore, 'freeBytes' | 'ping'>;
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
        const { state, progress, problem } = parts.activeModel.current.index.status();
        if (problem) return Promise.reject(new DomainError('not_ready', problem));
        if (state === 'ready') return Promise.resolve();
        const percent = Math.round(progress * 100);
        const id = state === 'loading' ? 'index_state_loading' : 'index_state_rebuilding';
        return Promise.reject(new DomainError('not_ready', because(id, { percent })));
      },
    },
    { name: 'model', check: () => parts.activeModel.current.texts.embedTexts(['rain']).then(() => undefined) },
    {
      name: 'storage',
      check: async () => {
        await parts.store.ping();
        if ((await parts.store.freeBytes()) < LOW_DISK_BYTES) {
          throw new DomainError('storage_full', because('disk_nearly_full'));
        }
      },
    },
  ];
}
