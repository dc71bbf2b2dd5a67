import { setImmediate as nextTurn } from 'node:timers/promises';
import { demand, type Actor } from '../accounts/actor.js';
import type { JobsService } from '../jobs/jobs.service.js';
import type { Log } from '../log.js';
import type { AuditLog } from './audit.ports.js';
import type { Deed, DeedFilter, KeptDeed } from './audit.types.js';

const DAY_MS = 24 * 3_600_000;
const PRUNE_EVERY_MS = 3_600_000;
/** Lines forgotten in one go: other writes wait for a few milliseconds. */
const PRUNE_BATCH = 1_000;
/** Lines of an export, read in parts of this many. */
const PART = 1_000;

/** Who did what, when and from where. */
export class AuditService {
  #timer: NodeJS.Timeout | undefined;
  #pruning: Promise<void> = Promise.resolve();
  #stopped = false;
  readonly #parts;

  /** @param parts.keptDays how long it is remembered; 0: nothing is written down, and nothing kept */
  constructor(parts: { log: AuditLog; keptDays: number; leads: JobsService['leads']; logger: Log }) {
    this.#parts = parts;
  }

  /** Never fails: what was done is done. A line that could not be kept stands in the log of the server. */
  async note(deed: Deed): Promise<void> {
    const { log, keptDays, logger } = this.#parts;
    if (keptDays === 0) return;
    try {
      await log.add(deed);
    } catch (error) {
      logger.error({ err: error, deed }, 'a line of the audit log could not be kept');
    }
  }

  /** Newest first. @param below id of the last line of the page before */
  async list(
    actor: Actor,
    filter: DeedFilter,
    { limit, below }: { limit: number; below: number | null },
  ): Promise<{ items: KeptDeed[]; next: number | null }> {
    demand(actor, 'admin');
    const rows = await this.#parts.log.list(filter, { limit: limit + 1, below });
    const items = rows.slice(0, limit);
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** All of them, newest first, a part at a time. */
  async *all(actor: Actor, filter: DeedFilter): AsyncGenerator<KeptDeed[]> {
    let below: number | null = null;
    do {
      const page: { items: KeptDeed[]; next: number | null } = await this.list(actor, filter, { limit: PART, below });
      if (page.items.length > 0) yield page.items;
      below = page.next;
    } while (below !== null);
  }

  async start(): Promise<void> {
    this.#timer = setInterval(() => this.#prune(), PRUNE_EVERY_MS).unref();
    this.#prune();
    await this.#pruning;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#pruning;
  }

  #prune(): void {
    this.#pruning = this.#pruning
      .then(() => this.#forgetOld())
      .catch((error: unknown) => {
        this.#parts.logger.warn({ err: error }, 'old lines of the audit log could not be forgotten');
      });
  }

  async #forgetOld(): Promise<void> {
    const { log, keptDays, leads } = this.#parts;
    if (!(await leads('audit'))) return;
    const before = new Date(Date.now() - keptDays * DAY_MS).toISOString();
    while (!this.#stopped && (await log.prune(before, PRUNE_BATCH)) === PRUNE_BATCH) await nextTurn();
  }
}
