import type { HistoryEntry } from './search.types.js';
import type { SearchLine, SearchLog } from './search.ports.js';

const GATHER_MS = 200;
const MOST_GATHERED = 50;

/** Gathers lines of the log for a moment, so that many searches cost one write. Whoever reads them sees all of them. */
export class GatheredSearchLog implements SearchLog {
  private lines: (SearchLine & { at: string })[] = [];
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly log: SearchLog) {}

  record(line: SearchLine): void {
    this.recordAll([{ ...line, at: new Date().toISOString() }]);
  }

  recordAll(lines: readonly (SearchLine & { at: string })[]): void {
    this.lines.push(...lines);
    if (this.lines.length >= MOST_GATHERED) void this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), GATHER_MS).unref();
  }

  async recent(limit: number): Promise<HistoryEntry[]> {
    await this.flush();
    return this.log.recent(limit);
  }

  async delete(id: number): Promise<boolean> {
    await this.flush();
    return this.log.delete(id);
  }

  async clear(): Promise<void> {
    await this.flush();
    await this.log.clear();
  }

  /** Resolves when all lines are written; those that could not be are lost: only lines of the history. */
  flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (this.lines.length > 0) {
      const lines = this.lines.splice(0);
      this.writing = this.writing.then(() => this.log.recordAll(lines)).catch(() => undefined);
    }
    return this.writing;
  }

  /** A store that reads the log too: each of its answers waits for the lines that were gathered. */
  readBy<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]): Promise<unknown> => {
          await this.flush();
          return Reflect.apply(member, target, args) as unknown;
        };
      },
    });
  }
}
