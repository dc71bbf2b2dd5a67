import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockDataDirectory, openDataDirectory, startRedis } from '../composition/data-directory.js';
import { Lifecycle } from '../composition/lifecycle.js';
import { listen } from './listen.js';
import { preflight } from './preflight.js';
import { RETURN_MEMORY } from './return-memory.js';
import { runMain } from './run-main.js';
import { ChildSupervisor } from './supervisor.js';
import { complain, say } from './terminal.js';

/** Everything in one process tree: a private Redis unless REDIS_URL is set, the API with the pages, and a worker child. */
runMain('api', async (config, logger, tracing) => {
  for (const odd of await preflight(config)) complain(odd);
  await openDataDirectory(config, logger);
  const lifecycle = new Lifecycle(logger);
  return lifecycle.guard(async () => {
    lockDataDirectory(config, lifecycle);
    // Most of the program is read while Redis starts.
    const [redis, { startApi }] = await Promise.all([
      config.redis ?? startRedis(config, logger, lifecycle),
      import('../composition/api.js'),
    ]);
    const api = await startApi(config, redis, logger, lifecycle, tracing);
    const server = await listen(api.server, config, logger);
    lifecycle.add('server', () => server.close());

    // A private one answered already.
    const away = config.redis && (await api.queueProblem());
    if (away) complain(away);

    const worker = new ChildSupervisor({
      name: 'worker',
      modulePath: path.join(path.dirname(fileURLToPath(import.meta.url)), 'worker.js'),
      env: {
        ...RETURN_MEMORY,
        ...config.childEnvironment,
        ...('socketPath' in redis && { REDIS_URL: `unix://${redis.socketPath}` }),
      },
      logger,
    });
    lifecycle.add('worker', () => worker.stop());
    worker.start();

    say(`Traum-Engine is ready: ${server.url}`);
    if (api.setupToken !== null) {
      say(`Make the first account, which runs this installation: ${server.url}/setup#${api.setupToken}`);
    }
    return lifecycle;
  });
});
