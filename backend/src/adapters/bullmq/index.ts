export type { RedisConnection } from './connection.js';
export { BullmqJobEvents, RedisJobNotifier } from './job-events.js';
export { BullmqJobQueue } from './job-queue.js';
export { BullmqWorker, type BullmqWorkerOptions, type Delivery } from './worker.js';
export { RedisWorkerPulse, RedisWorkerWatch } from './worker-pulse.js';
