import { demand, type Actor } from '../accounts/actor.js';
import { FORGET_EVERY_MS, forgetOlderThan } from '../forgetting.js';
import type { JobsService } from '../jobs/jobs.service.js';
import type { Log } from '../log.js';
import { Repeating } from '../repeating.js';
import type { AuditLog } from './audit.ports.js';
import type { Deed, DeedFilter, KeptDeed } from './audit.types.js';

/** Lines of an export, read in parts of this many. */
const PART = 1_000;

/** Who did what, when and from where. */
export class AuditService {
  readonly #parts;
  readonly #forgetting: Repeating;

  /** @param parts.keptDays how long it is remembered; 0: nothing is written down, and nothing kept */
  constructor(parts: { log: AuditLog; keptDays: number; leads: JobsService['leads']; logger: Log }) {
    this.#parts = parts;
    this.#forgetting = new Repeating({
      everyMs: FORGET_EVERY_MS,
      run: async () => {
        if (await parts.leads('audit')) await this.prune();
      },
      onFailure: (error) => parts.logger.warn({ err: error }, 'old lines of the audit log could not be forgotten'),
    });
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

  start(): void {
    this.#forgetting.start();
  }

  stop(): Promise<void> {
    return this.#forgetting.stop();
  }

  /** Forgets what is older than it is kept. */
  prune(): Promise<void> {
    const { log, keptDays } = this.#parts;
    return forgetOlderThan(
      keptDays,
      (before, limit) => log.prune(before, limit),
      () => this.#forgetting.stopped,
    );
  }
}
