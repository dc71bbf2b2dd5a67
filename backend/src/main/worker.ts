import { buildWorker, openDataDirectory } from '../container.js';
import { DomainError } from '../domain/errors.js';
import { runMain } from './lifecycle.js';

runMain('worker', async (config, logger) => {
  if (!config.redis) {
    throw new DomainError('invalid_input', 'A separate worker needs REDIS_URL: set it to the Redis that the API uses.');
  }
  await openDataDirectory(config, logger);
  const worker = await buildWorker(config, config.redis, logger);
  logger.info({ concurrency: config.workerConcurrency }, 'worker is ready');
  return { stop: () => worker.close() };
});
