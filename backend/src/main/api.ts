import { startApi } from '../composition/api.js';
import { openDataDirectory } from '../composition/data-directory.js';
import { Lifecycle } from '../composition/lifecycle.js';
import { DomainError } from '../domain/errors.js';
import { listen } from './listen.js';
import { preflight } from './preflight.js';
import { runMain } from './run-main.js';

runMain('api', async (config, logger, tracing) => {
  if (!config.redis) {
    throw new DomainError(
      'invalid_input',
      'A separate API process needs REDIS_URL: set it to the Redis that the workers use.',
    );
  }
  const { redis } = config;
  for (const odd of await preflight(config)) logger.warn(odd);
  await openDataDirectory(config, logger);
  const lifecycle = new Lifecycle(logger);
  return lifecycle.guard(async () => {
    const api = await startApi(config, redis, logger, lifecycle, tracing);
    const server = await listen(api.server, config, logger);
    lifecycle.add('server', () => server.close());
    logger.info({ url: server.url }, 'api is ready');
    const { setupToken } = api;
    if (setupToken !== null) logger.warn({ setupToken }, 'no account yet: open /setup and give this token');
    void api.queueProblem().then((away) => away === null || logger.warn(away));
    return lifecycle;
  });
});
