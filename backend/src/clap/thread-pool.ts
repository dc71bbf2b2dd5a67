import { DomainError } from '../domain/errors.js';
import type { Calls } from './embedder.types.js';
import { IdleTimer } from './idle-timer.js';
import type { InferenceThread } from './thread.js';

/**
 * Worker threads that share the calls made to them, first come, first served. Threads start when there is work for them and
 * end after a while without any; one that died is replaced.
 */
export class ThreadPool<C extends Calls> {
  private readonly idle: InferenceThread<C>[] = [];
  private readonly running = new Set<InferenceThread<C>>();
  private readonly waiting: ((thread: InferenceThread<C>) => void)[] = [];
  private readonly idleTimer: IdleTimer;
  private closed = false;

  /** @param idleUnloadMs 0: threads stay. */
  constructor(
    private readonly options: { size: number; idleUnloadMs: number; start: () => InferenceThread<C> },
    private readonly onUnload: () => void,
  ) {
    this.idleTimer = new IdleTimer(options.idleUnloadMs, () => void this.unload());
  }

  /**
   * @throws DomainError `cancelled` when the signal was aborted before a thread was free, or the pool is closed; whatever
   * {@link InferenceThread.run} throws
   */
  async run<K extends keyof C & string>(
    call: K,
    request: C[K]['request'],
    { transfer, signal }: { transfer: ArrayBuffer[]; signal?: AbortSignal | undefined },
  ): Promise<C[K]['reply']> {
    const thread = await this.acquire();
    try {
      if (signal?.aborted) throw cancelled();
      return await thread.run(call, request, transfer);
    } finally {
      this.release(thread);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.unload();
  }

  private acquire(): Promise<InferenceThread<C>> {
    if (this.closed) {
      return Promise.reject(
        new DomainError('cancelled', 'Sounds are no longer embedded: the program is shutting down.'),
      );
    }
    this.idleTimer.stop();
    const idle = this.idle.pop();
    if (idle?.alive) return Promise.resolve(idle);
    if (idle) this.running.delete(idle);
    if (this.running.size < this.options.size) return Promise.resolve(this.start());
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private release(thread: InferenceThread<C>): void {
    if (!thread.alive) this.running.delete(thread);
    const next = this.waiting.shift();
    if (next) next(thread.alive || this.closed ? thread : this.start());
    else if (thread.alive) this.idle.push(thread);
    if (this.idle.length === this.running.size) this.idleTimer.start();
  }

  private start(): InferenceThread<C> {
    const thread = this.options.start();
    this.running.add(thread);
    return thread;
  }

  private async unload(): Promise<void> {
    const threads = [...this.running];
    this.running.clear();
    this.idle.length = 0;
    this.idleTimer.stop();
    this.onUnload();
    await Promise.all(threads.map((thread) => thread.close()));
  }
}

export const cancelled = (): DomainError => new DomainError('cancelled', 'Embedding this sound was cancelled.');
