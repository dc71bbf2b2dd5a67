import { isCancelled } from '../domain/errors.js';
import type { AppEvent, EventSink } from '../domain/events.js';
import type { JobRepository } from '../domain/ingest/ingest.ports.js';
import { isProcessingJob } from '../domain/ingest/ingest.types.js';
import { isEmbeddingJob } from '../domain/models/models.types.js';
import type { SwitchService } from '../domain/models/switch.service.js';
import type { TaggingService } from '../domain/tagging/tagging.service.js';
import type { Logger } from '../observability/logger.js';
import type { ActiveModel } from './active-model.js';
import type { Lifecycle } from './lifecycle.js';

/** How often the index looks for changes that no event told of (lost messages). */
const FOLLOW_MS = 1_000;

/** Has the index, the tags and the change of models go on when something happened, whichever process it happened in. */
export function followEvents(
  events: EventSink & { subscribe(listener: (stamped: { event: AppEvent }) => void): () => void },
  parts: {
    activeModel: ActiveModel;
    jobs: Pick<JobRepository, 'get'>;
    tagging: TaggingService;
    switching: SwitchService;
    logger: Logger;
    lifecycle: Lifecycle;
  },
): void {
  const { activeModel, jobs, tagging, switching, logger, lifecycle } = parts;
  let shown = '';
  const follow = (): void => {
    activeModel.current.index
      .refresh()
      .catch((error: unknown) => {
        if (!isCancelled(error)) logger.error({ err: error }, 'the index could not follow the library');
      })
      .finally(() => {
        const { state, segments } = activeModel.current.index.status();
        if (shown !== '' && shown !== `${state} ${segments}`) events.tell({ kind: 'index', state, segments });
        shown = `${state} ${segments}`;
      });
  };
  const onJob = async (jobId: string): Promise<void> => {
    if (isEmbeddingJob(jobId)) {
      switching.onJobEnd();
      return;
    }
    if (!isProcessingJob(jobId)) return;
    const job = await jobs.get(jobId);
    if (job?.state !== 'completed') return;
    follow();
    tagging.tagSoon(job.soundId);
  };
  const onEvent = (event: AppEvent): void => {
    if (event.kind === 'vocabulary') tagging.refresh();
    else if (event.kind === 'model') switching.wake();
    if (event.kind !== 'job') return;
    const { jobId } = event;
    // What is missed here, the next look of each of them finds.
    onJob(jobId).catch((error: unknown) => logger.warn({ jobId, err: error }, 'a change of a job was missed'));
  };
  const following = setInterval(follow, FOLLOW_MS);
  lifecycle.add('following of the library', () => clearInterval(following));
  lifecycle.add(
    'listening to events',
    events.subscribe(({ event }) => onEvent(event)),
  );
}
