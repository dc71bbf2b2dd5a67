import { openDataDirectory } from '../composition/data-directory.js';
import { Lifecycle } from '../composition/lifecycle.js';
import { startRemoteWorker } from '../composition/remote-worker.js';
import { startWorker } from '../composition/worker.js';
import { DomainError } from '../domain/errors.js';
import { runMain } from './run-main.js';

runMain('worker', async (config, logger, tracing) => {
  if (config.server) {
    const { server } = config;
    const lifecycle = new Lifecycle(logger);
    return lifecycle.guard(async () => {
      await startRemoteWorker(config, server, logger, lifecycle, tracing);
      logger.info({ concurrency: config.workerConcurrency, server: server.url }, 'worker is ready');
      return lifecycle;
    });
  }
  if (!config.redis) {
    throw new DomainError(
      'invalid_input',
      'A separate worker needs REDIS_URL: set it to the Redis that the API uses; or SERVER_URL and SERVER_KEY, where only the API is reached.',
    );
  }
  const { redis } = config;
  await openDataDirectory(config, logger);
  const lifecycle = new Lifecycle(logger);
  return lifecycle.guard(async () => {
    await startWorker(config, redis, logger, lifecycle, tracing);
    // As a child it is a part of something that says so itself.
    logger[process.connected ? 'debug' : 'info']({ concurrency: config.workerConcurrency }, 'worker is ready');
    return lifecycle;
  });
});
