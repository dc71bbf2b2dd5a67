import { refuseOpenDoor } from '../config.js';
import { buildApi, openDataDirectory } from '../container.js';
import { DomainError } from '../domain/errors.js';
import { listen } from './listen.js';
import { runMain } from './lifecycle.js';

runMain('api', async (config, logger) => {
  refuseOpenDoor(config);
  if (!config.redis) {
    throw new DomainError(
      'invalid_input',
      'A separate API process needs REDIS_URL: set it to the Redis that the workers use.',
    );
  }
  await openDataDirectory(config, logger);
  const api = await buildApi(config, config.redis, logger);
  const server = await listen(api.server, config, logger);
  logger.info({ url: server.url }, 'api is ready');
  return {
    stop: async () => {
      await server.close();
      await api.close();
    },
  };
});
