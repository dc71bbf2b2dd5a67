import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DomainError } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import { redisCommand } from './redis-command.js';
import { RedisProcess, RedisStartError } from './redis-process.js';
import { shortSocketPath, socketPathFor } from './socket-path.js';

const MINIMUM_VERSION = [6, 2] as const;
const INSTALL =
  'Install it (Debian: apt-get install redis-server, macOS: brew install redis) or set REDIS_URL to a running one.';
/** What redis-server says of files that are not ours to write. */
const FORBIDDEN = /permission denied|read-only file system|operation not permitted/i;
/** And of a disk that is full. */
const FULL = /no space left|disk quota exceeded/i;
const ORPHAN_TIMEOUT_MS = 10_000;
const RESTARTS = 5;
const FIRST_RESTART_MS = 100;
/** A server that lived this long has no problem with its start: the count of restarts begins anew. */
const HEALTHY_AFTER_MS = 60_000;

export interface PrivateRedis {
  socketPath: string;
  url?: undefined;
  /** Changes when the server had to be restarted. */
  readonly pid: number;
  /** Stops the server after it has written everything. */
  stop(): Promise<void>;
  /** Called once if the server dies and cannot be brought back. */
  onExit(listener: () => void): void;
}

/**
 * Runs a redis-server of our own on a unix socket, with its files under `directory`. It is restarted when it dies, and ends when this
 * process ends, however it ends. The caller makes sure that one process at a time uses the directory.
 * @throws DomainError `queue_unavailable` with a remedy when redis-server is missing, too old or does not start
 */
export async function startPrivateRedis(options: { directory: string; logger: Log }): Promise<PrivateRedis> {
  const { logger } = options;
  await requireRedisServer();
  const directory = path.resolve(options.directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let socketPath = await socketPathFor(directory);
  await stopOrphan(socketPath, logger);

  let server: RedisProcess;
  try {
    server = await startRepairing(directory, socketPath, logger);
  } catch (error) {
    if (!(error instanceof RedisStartError) || !/unix socket/i.test(error.log)) throw startFailure(error);
    // Some file systems (network shares, mounts of desktop containers) hold no sockets.
    socketPath = await shortSocketPath(directory);
    await stopOrphan(socketPath, logger);
    server = await startRepairing(directory, socketPath, logger).catch((again: unknown) => {
      throw startFailure(again);
    });
  }

  const exitListeners = new Set<() => void>();
  let stopping = false;
  let restarting: Promise<void> = Promise.resolve();
  let restarts = 0;
  let startedAt = Date.now();

  const bringBack = async (): Promise<void> => {
    if (Date.now() - startedAt > HEALTHY_AFTER_MS) restarts = 0;
    while (!stopping && restarts < RESTARTS) {
      const waitMs = FIRST_RESTART_MS * 2 ** restarts++;
      logger.error({ restartInMs: waitMs }, 'redis-server ended unexpectedly; restarting');
      await delay(waitMs);
      if (stopping) return;
      try {
        server = await startRepairing(directory, socketPath, logger);
        startedAt = Date.now();
        watch();
        return;
      } catch (error) {
        logger.error({ err: error }, 'redis-server could not be restarted');
      }
    }
    if (!stopping) for (const listener of exitListeners) listener();
  };
  const watch = (): void => {
    server.onExit(() => {
      if (!stopping) restarting = bringBack();
    });
  };
  watch();

  return {
    socketPath,
    get pid() {
      return server.pid;
    },
    stop: async () => {
      stopping = true;
      await restarting;
      await server.stop();
      await rm(socketPath, { force: true });
      const folder = path.dirname(socketPath);
      if (folder !== directory) await rm(folder, { recursive: true, force: true });
    },
    onExit: (listener) => exitListeners.add(listener),
  };
}

/** Starts the server; files that it cannot read are set aside once. They only repeat what the database knows. */
async function startRepairing(directory: string, socketPath: string, logger: Log): Promise<RedisProcess> {
  try {
    return await RedisProcess.start(directory, socketPath, logger);
  } catch (error) {
    if (!(error instanceof RedisStartError) || !error.ended || FORBIDDEN.test(error.log) || FULL.test(error.log))
      throw error;
    if (!/append only|append-only|AOF|RDB|manifest|file format|short read/i.test(error.log)) throw error;
    logger.warn({ output: error.log }, 'the queue file is damaged; it is set aside and rebuilt from the database');
    await setAside(directory);
    return RedisProcess.start(directory, socketPath, logger);
  }
}

/** Moves the data files to `damaged/`, which holds one generation. */
async function setAside(directory: string): Promise<void> {
  const aside = path.join(directory, 'damaged');
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside);
  for (const name of await readdir(directory)) {
    if (/^(appendonly|dump\.rdb|temp-)/.test(name)) await rename(path.join(directory, name), path.join(aside, name));
  }
}

/** A server that a crashed run left behind still writes to the directory: it is told to save and leave. */
async function stopOrphan(socketPath: string, logger: Log): Promise<void> {
  const answer = await redisCommand(socketPath, 'PING', 2_000).catch(() => '');
  if (answer === '') {
    await rm(socketPath, { force: true });
    return;
  }
  logger.warn({}, 'stopping a redis-server that an earlier run left behind');
  await redisCommand(socketPath, 'SHUTDOWN NOSAVE', 2_000).catch(() => '');
  const deadline = Date.now() + ORPHAN_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const alive = await redisCommand(socketPath, 'PING', 1_000).catch(() => '');
    if (alive === '') return;
    await delay(50);
  }
  throw new DomainError(
    'queue_unavailable',
    'A redis-server of an earlier run does not stop. End it by hand and start again.',
  );
}

async function requireRedisServer(): Promise<void> {
  const { stdout } = await promisify(execFile)('redis-server', ['--version'], { timeout: 10_000 }).catch(
    (cause: unknown) => {
      throw new DomainError('queue_unavailable', `redis-server is not installed. ${INSTALL}`, { cause });
    },
  );
  const [, major = '0', minor = '0'] = /v=(\d+)\.(\d+)/.exec(stdout) ?? [];
  const [minimumMajor, minimumMinor] = MINIMUM_VERSION;
  if (Number(major) < minimumMajor || (Number(major) === minimumMajor && Number(minor) < minimumMinor)) {
    throw new DomainError(
      'queue_unavailable',
      `redis-server ${major}.${minor} is too old: ${minimumMajor}.${minimumMinor} or newer is needed. ${INSTALL}`,
    );
  }
}

function startFailure(error: unknown): unknown {
  if (!(error instanceof RedisStartError)) return error;
  if (FORBIDDEN.test(error.log)) {
    return new DomainError(
      'queue_unavailable',
      'redis-server may not write to the folder redis/ in DATA_DIR. Give it and its files to the user who runs ' +
        'Traum-Engine (chown -R, chmod -R u+rwX), or delete it while nothing runs: it is made anew from the database.',
      { cause: new Error(error.log) },
    );
  }
  if (FULL.test(error.log))
    return new DomainError('storage_full', 'The disk of DATA_DIR is full: free some space and start again.', {
      cause: new Error(error.log),
    });
  return new DomainError(
    'queue_unavailable',
    `redis-server does not start. ${INSTALL} With LOG_LEVEL=debug the log shows what it says.`,
    { cause: new Error(error.log) },
  );
}
