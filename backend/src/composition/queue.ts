import { BullmqJobQueue, BullmqRemoteQueue, RedisEventLog, RedisWorkerWatch } from '../adapters/bullmq/index.js';
import type { RedisConnection } from '../config.js';
import type { Tracing } from '../domain/tracing.js';
import type { Logger } from '../observability/logger.js';
import type { Lifecycle } from './lifecycle.js';
import { traced } from './tracing.js';

/** What the serving side has of Redis: the queue of jobs, the events of all processes, and which workers there are. */
export function openServerQueue(
  connection: RedisConnection,
  logger: Logger,
  lifecycle: Lifecycle,
  tracing: Tracing | null,
) {
  const queue = new BullmqJobQueue({ connection, logger, here: () => tracing?.here() ?? null });
  lifecycle.add('queue', () => queue.close());
  const remote = new BullmqRemoteQueue({ connection });
  lifecycle.add('queue of workers elsewhere', () => remote.close());
  const events = new RedisEventLog({ connection });
  lifecycle.add('events', () => events.close());
  events.listen();
  const workers = new RedisWorkerWatch({ connection });
  lifecycle.add('watch of workers', () => workers.close());
  return { queue: traced(tracing, queue, { add: 'hand to the queue' }, { kind: 'producer' }), remote, events, workers };
}

export type ServerQueue = ReturnType<typeof openServerQueue>;
