export type { RedisConnection } from './connection.js';
export { RedisEventLog } from './event-log.js';
export { BullmqJobQueue } from './job-queue.js';
export { BullmqRemoteQueue } from './remote-queue.js';
export { RedisLimitCounts } from './limit-counts.js';
export { BullmqWorker, type BullmqWorkerOptions, type Delivery } from './worker.js';
export { RedisWorkerPulse, RedisWorkerWatch } from './worker-pulse.js';
export { isGone, ownName } from './worker-name.js';
