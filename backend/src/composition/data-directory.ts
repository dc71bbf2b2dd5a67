import { makeModelsPrivate, makePrivate } from '../adapters/disk/private-directory.js';
import { Replacement } from '../adapters/disk/replacement.js';
import { tryWriting } from '../adapters/disk/writable.js';
import { makeDirectory } from '../adapters/make-directory.js';
import { startPrivateRedis } from '../adapters/redis/private-redis.js';
import { acquireInstanceLock } from '../adapters/sql/sqlite/instance-lock.js';
import { BUNDLED } from '../clap/known-models.js';
import type { Config, RedisConnection } from '../config.js';
import { DomainError } from '../domain/errors.js';
import { because } from '../domain/reasons.js';
import type { Logger } from '../observability/logger.js';
import type { Lifecycle } from './lifecycle.js';

/** Creates the data directory, for this user alone. @throws the system's error when it cannot be, or not be written to */
export async function openDataDirectory({ dataDir, modelsDir }: Config, logger: Logger): Promise<void> {
  await makeDirectory(dataDir);
  await tryWriting(dataDir);
  if (await new Replacement(dataDir).isUnfinished()) throw new DomainError('conflict', because('restore_unfinished'));
  const isPrivate = await makePrivate(dataDir).catch(() => false);
  if (!isPrivate) logger.warn('other users of this machine may see what is in DATA_DIR: it is not a folder of its own');
  await makeModelsPrivate(modelsDir, [BUNDLED]);
}

/**
 * Claims the data directory for this process tree.
 * @throws DomainError `conflict` when another instance has it
 */
export function lockDataDirectory({ dataDir }: Config, lifecycle: Lifecycle): void {
  const lock = acquireInstanceLock(dataDir);
  lifecycle.add('lock of the data directory', () => lock.release());
}

/** A Redis of our own, as long as this process lives. */
export async function startRedis(config: Config, logger: Logger, lifecycle: Lifecycle): Promise<RedisConnection> {
  const redis = await startPrivateRedis({ directory: config.redisDir, logger });
  lifecycle.add('private Redis', () => redis.stop());
  redis.onExit(() => logger.error('the private Redis cannot be kept running; uploads wait until the next start'));
  return { socketPath: redis.socketPath, prefix: config.redisPrefix };
}
