import type { Awaitable } from '../domain/awaitable.js';
import type { Log } from '../domain/log.js';

/**
 * What was started, in order, and how it is stopped: the latest first, one after the other, so that everything finds what it
 * stands on still there. One of these lives through a process.
 */
export class Lifecycle {
  private readonly started: { name: string; stop: () => Awaitable<void> }[] = [];
  private stopping: Promise<void> | null = null;

  constructor(private readonly logger: Pick<Log, 'error'>) {}

  /** To be called right after the part was started, before anything that could fail. */
  add(name: string, stop: () => Awaitable<void>): void {
    this.started.push({ name, stop });
  }

  /** Stops everything; one that fails to stop does not keep the others from it. Called again, it waits for the same. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  /** Runs a start; when it fails, what it had started is stopped before the failure is told. */
  async guard<T>(start: () => Promise<T>): Promise<T> {
    try {
      return await start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  private async stopAll(): Promise<void> {
    for (let part = this.started.pop(); part; part = this.started.pop()) {
      try {
        await part.stop();
      } catch (error) {
        this.logger.error({ part: part.name, err: error }, 'a part did not stop cleanly');
      }
    }
  }
}
