import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildApi, lockDataDirectory, openDataDirectory, startRedis } from '../container.js';
import { redisUrlOf, refuseOpenDoor } from '../config.js';
import { listen } from './listen.js';
import { runMain, type Running } from './lifecycle.js';
import { ChildSupervisor } from './supervisor.js';

/**
 * Has glibc give large blocks back to the system as soon as they are free: what a model took is gone once it is unloaded,
 * instead of staying with the worker for good. Set before a process starts or never; other systems do not read it.
 */
const RETURN_MEMORY = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '1048576',
  MALLOC_MMAP_THRESHOLD_: '1048576',
};

/** Everything in one process tree: a private Redis unless REDIS_URL is set, the API with the pages, and a worker child. */
runMain('api', async (config, logger) => {
  refuseOpenDoor(config);
  await openDataDirectory(config, logger);
  // Stopped in reverse order; filled step by step so that a failed start leaves nothing running.
  const started: Running[] = [];
  const stop = async (): Promise<void> => {
    for (const part of started.reverse()) {
      await part.stop().catch((error: unknown) => logger.error({ err: error }, 'a part did not stop cleanly'));
    }
  };
  try {
    started.push(lockDataDirectory(config));

    const privateRedis = config.redis ? null : await startRedis(config, logger);
    if (privateRedis) started.push(privateRedis);
    const redis = config.redis ?? privateRedis?.connection;
    if (!redis) throw new Error('unreachable: no redis connection');

    const api = await buildApi(config, redis, logger);
    started.push({ stop: () => api.close() });

    const server = await listen(api.server, config, logger);
    started.push({ stop: () => server.close() });

    const worker = new ChildSupervisor({
      name: 'worker',
      modulePath: path.join(path.dirname(fileURLToPath(import.meta.url)), 'worker.js'),
      env: { ...RETURN_MEMORY, ...config.childEnvironment, REDIS_URL: redisUrlOf(redis) },
      logger,
    });
    worker.start();
    started.push({ stop: () => worker.stop() });

    process.stdout.write(`Traum-Engine is ready: ${server.url}\n`);
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
});
