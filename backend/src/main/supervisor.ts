import { fork, type ChildProcess } from 'node:child_process';
import type { Logger } from '../observability/logger.js';

const FIRST_RESTART_MS = 100;
const LONGEST_RESTART_MS = 15_000;
/** A child that lived this long is healthy again: its next restart is quick. */
const HEALTHY_AFTER_MS = 60_000;
const KILL_AFTER_MS = 12_000;

export interface ChildOptions {
  name: string;
  /** Compiled entry point. */
  modulePath: string;
  env: NodeJS.ProcessEnv;
  logger: Logger;
}

/** Keeps one child process running: restarts it with backoff when it dies, until stopped. */
export class ChildSupervisor {
  private child: ChildProcess | undefined;
  private restartTimer: NodeJS.Timeout | undefined;
  private backoffMs = FIRST_RESTART_MS;
  private stopping = false;

  constructor(private readonly options: ChildOptions) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(): void {
    const { name, modulePath, env, logger } = this.options;
    const startedAt = Date.now();
    // The IPC channel is what tells the child that its parent is gone, even after kill -9.
    const child = fork(modulePath, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
    this.child = child;
    logger.debug({ child: name, pid: child.pid }, 'child started');
    child.once('error', (error) => logger.error({ err: error, child: name }, 'child could not be started'));
    child.once('exit', (code, signal) => {
      if (this.stopping) return;
      if (Date.now() - startedAt > HEALTHY_AFTER_MS) this.backoffMs = FIRST_RESTART_MS;
      logger.error({ child: name, code, signal, restartInMs: this.backoffMs }, 'child ended unexpectedly; restarting');
      this.restartTimer = setTimeout(() => this.start(), this.backoffMs);
      this.backoffMs = Math.min(this.backoffMs * 2, LONGEST_RESTART_MS);
    });
  }

  /** SIGTERM, then SIGKILL if the child takes too long. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restartTimer);
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    await exited;
    clearTimeout(killer);
  }
}
