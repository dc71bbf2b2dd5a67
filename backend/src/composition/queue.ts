import { BullmqJobQueue, BullmqRemoteQueue, RedisEventLog, RedisWorkerWatch } from '../adapters/bullmq/index.js';
import type { RedisConnection } from '../config.js';
import type { Lifecycle } from './lifecycle.js';

/** What the serving side has of Redis: the queue of jobs, the events of all processes, and which workers there are. */
export function openServerQueue(connection: RedisConnection, lifecycle: Lifecycle) {
  const queue = new BullmqJobQueue({ connection });
  lifecycle.add('queue', () => queue.close());
  const remote = new BullmqRemoteQueue({ connection });
  lifecycle.add('queue of workers elsewhere', () => remote.close());
  const events = new RedisEventLog({ connection });
  lifecycle.add('events', () => events.close());
  events.listen();
  const workers = new RedisWorkerWatch({ connection });
  lifecycle.add('watch of workers', () => workers.close());
  return { queue, remote, events, workers };
}

export type ServerQueue = ReturnType<typeof openServerQueue>;
