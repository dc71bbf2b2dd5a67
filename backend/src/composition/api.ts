import type { Server } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { asBusy } from '../adapters/sql/index.js';
import type { Config, RedisConnection } from '../config.js';
import { createApp } from '../http/app.js';
import { createHttpServer } from '../http/server.js';
import type { Tracing } from '../domain/tracing.js';
import type { Logger } from '../observability/logger.js';
import { placeOf } from '../redis-address.js';
import { openBackupPlace } from './backups.js';
import { openServerFiles, withPlaced, type KeptFiles, type ServerFiles } from './files.js';
import { followEvents } from './following.js';
import type { Lifecycle } from './lifecycle.js';
import { openLimits } from './limits.js';
import { openServerMedia } from './media.js';
import { openServerQueue } from './queue.js';
import { readinessChecks } from './readiness.js';
import { buildServices, startServices } from './services.js';
import { settingsOf } from './settings.js';
import { openServerStorage } from './storage.js';
import { openVectors } from './vectors.js';

export interface Started {
  server: Server;
  /** By which the first account is made; null where there is one, or none is needed. */
  setupToken: string | null;
  /** What is to be said of a queue that does not answer within a moment; null where it does. */
  queueProblem(): Promise<string | null>;
}

const QUEUE_MS = 2_000;
const ASK_AGAIN_MS = 50;

/** Builds and starts the serving side: library, search and their HTTP face, which serves once the server listens. */
export async function startApi(
  config: Config,
  connection: RedisConnection,
  logger: Logger,
  lifecycle: Lifecycle,
  tracing: Tracing | null = null,
): Promise<Started> {
  const files = await openServerFiles(config);
  // After a crash on a full disk even opening the database takes some space.
  return files.reserve.lend(() => startOver(files, config, connection, logger, lifecycle, tracing));
}

async function startOver(
  kept: KeptFiles,
  config: Config,
  connection: RedisConnection,
  logger: Logger,
  lifecycle: Lifecycle,
  tracing: Tracing | null,
): Promise<Started> {
  const storage = await openServerStorage(config, lifecycle);
  const files: ServerFiles = { ...kept, ...withPlaced(config, kept, storage.placed) };
  const queue = openServerQueue(connection, logger, lifecycle, tracing);
  const media = openServerMedia(config, files.store, lifecycle);
  const activeModel = await openVectors(config, { storage, files, media, logger, lifecycle, tracing });
  const backupPlace = await openBackupPlace(config);
  const services = buildServices(config, { storage, files, media, queue, activeModel, backupPlace, logger, tracing });
  const { jobs, segments } = storage;
  const { events } = queue;
  followEvents(events, { ...services, activeModel, jobs, logger, lifecycle });
  await startServices(services, lifecycle);

  const app = createApp({
    ...services,
    search: activeModel,
    clips: activeModel,
    modelsOf: (soundId) => segments.modelsOf(soundId),
    serverSettings: settingsOf(config),
    events,
    limits: openLimits(connection, lifecycle),
    checks: readinessChecks({ jobs, queue: queue.queue, activeModel, store: files.store }),
    config,
    logger,
    meaningOf: asBusy,
    tracing,
  });
  const setupToken = config.accounts ? await services.accounts.users.setupToken() : null;
  return {
    server: createHttpServer(app.fetch),
    setupToken,
    queueProblem: async () => ((await answers(() => queue.queue.ping())) ? null : redisIsAway(placeOf(connection))),
  };
}

/** What is said of a Redis that does not answer while the rest runs. */
const redisIsAway = (place: string): string =>
  `Redis at ${place} does not answer. Searching works; sounds that are added wait until it does. Start it there or mend ` +
  'REDIS_URL; npm start brings a Redis of its own where REDIS_URL is empty.';

/** Asks again and again: a connection that is being made refuses at once, and one that is lost may keep who asks. */
async function answers(ask: () => Promise<void>): Promise<boolean> {
  const over = new AbortController();
  const asking = async (): Promise<boolean> => {
    while (!over.signal.aborted) {
      const isThere = await ask().then(
        () => true,
        () => false,
      );
      if (isThere) return true;
      await after(ASK_AGAIN_MS);
    }
    return false;
  };
  const isThere = await Promise.race([asking(), after(QUEUE_MS, false, { ref: false })]);
  over.abort();
  return isThere;
}
