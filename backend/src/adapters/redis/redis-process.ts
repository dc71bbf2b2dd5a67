import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../domain/log.js';
import { redisCommand } from './redis-command.js';

/** Loading a large append-only file takes a while; jobs are small, so this is far more than it needs. */
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 8_000;
const LOG_TAIL = 4_000;

/** The server ended before it answered, or never answered; `log` is the end of what it printed. */
export class RedisStartError extends Error {
  constructor(
    readonly log: string,
    readonly ended = true,
  ) {
    super(ended ? 'redis-server ended during its start' : 'redis-server does not answer');
  }
}

/** One running redis-server on a unix socket. */
export class RedisProcess {
  private readonly exited: Promise<void>;
  private tail = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly watchdog: ChildProcess,
    log: Log,
  ) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.tail = (this.tail + text).slice(-LOG_TAIL);
      log.debug({ output: text.trimEnd() }, 'redis-server');
    });
    this.exited = new Promise((resolve) => {
      child.once('close', () => {
        watchdog.kill('SIGKILL');
        resolve();
      });
    });
  }

  /** Starts the server and waits until it answers. @throws RedisStartError */
  static async start(directory: string, socketPath: string, log: Log): Promise<RedisProcess> {
    // In groups of their own: Ctrl-C in a terminal reaches us alone, and we stop them last.
    const child = spawn('redis-server', serverArguments(directory, socketPath), {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const server = new RedisProcess(child, startWatchdog(child.pid as number), log);
    try {
      await server.untilReady(socketPath);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Calls back once the process is gone, whatever the reason. */
  onExit(listener: () => void): void {
    void this.exited.then(listener);
  }

  /** Asks it to write what it holds and leave; after a while, kills it. */
  async stop(): Promise<void> {
    if (this.running) this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(timer);
  }

  private async untilReady(socketPath: string): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (!this.running) {
        await this.exited;
        throw new RedisStartError(this.tail);
      }
      const answer = await redisCommand(socketPath, 'PING', 1_000).catch(() => '');
      // On a full disk it is there and answers so: what is asked to be kept is refused until there is space.
      if (answer === '+PONG' || answer.startsWith('-MISCONF')) return;
      await delay(20);
    }
    throw new RedisStartError(this.tail, false);
  }
}

const serverArguments = (directory: string, socketPath: string): string[] => [
  ...['--port', '0', '--unixsocket', socketPath, '--unixsocketperm', '700'],
  ...['--dir', directory, '--daemonize', 'no', '--databases', '1', '--save', ''],
  // A queue must not forget: every write is logged, on disk within a second, and nothing is evicted.
  ...[
    '--appendonly',
    'yes',
    '--appendfsync',
    'everysec',
    '--aof-load-truncated',
    'yes',
    '--maxmemory-policy',
    'noeviction',
  ],
];

/**
 * A shell that waits for the end of its standard input, which comes when we die, even by kill -9; then it stops the server, which
 * would otherwise live on without an owner.
 */
function startWatchdog(pid: number): ChildProcess {
  const watchdog = spawn('sh', ['-c', 'while read -r _; do :; done; kill -TERM "$1"', 'redis-watchdog', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without it the next start still finds and stops a server left behind.
  watchdog.once('error', () => undefined);
  watchdog.stdin.on('error', () => undefined);
  return watchdog;
}
