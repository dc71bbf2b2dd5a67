import { SYSTEM } from '../accounts/actor.js';
import type { JobsService } from '../jobs/jobs.service.js';
import type { BinService } from '../library/bin.service.js';
import type { AudioStore } from '../library/library.ports.js';
import type { PlacedFiles } from '../library/placed.ports.js';
import type { Log } from '../log.js';
import { Repeating } from '../repeating.js';

const EVERY_MS = 60_000;
const DAY_MS = 86_400_000;
/** Sounds that go at once; others have their turn in between. */
const SLICE = 100;

/** Puts sounds into the bin whose files, which stay in folders, have been gone for long. */
export class GoneService {
  readonly #parts;
  readonly #looking: Repeating;

  /** @param parts `keptDays`: how long a sound waits for its file; 0: until somebody deletes it */
  constructor(parts: {
    placed: Pick<PlacedFiles, 'overdue' | 'putAway' | 'kept'>;
    bin: Pick<BinService, 'delete'>;
    store: Pick<AudioStore, 'has'>;
    keptDays: number;
    leads: JobsService['leads'];
    logger: Log;
    now?: () => number;
  }) {
    this.#parts = parts;
    this.#looking = new Repeating({
      everyMs: EVERY_MS,
      run: () => this.look(),
      onFailure: (error) => parts.logger.error({ err: error }, 'sounds without their files could not be put away'),
    });
  }

  start(): void {
    this.#looking.start();
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  async look(): Promise<void> {
    const { placed, bin, store, keptDays, leads, logger, now = Date.now } = this.#parts;
    if (!(await leads('gone'))) return;
    // Without a limit nothing has been missing for longer; what is no longer imported goes all the same.
    const before = keptDays === 0 ? '' : new Date(now() - keptDays * DAY_MS).toISOString();
    let sounds = 0;
    for (;;) {
      if (this.#looking.stopped) return;
      const overdue = await placed.overdue(before, SLICE);
      const lost: typeof overdue = [];
      for (const each of overdue) {
        // A crash may have kept this from being noted.
        if (await store.has(each.sha256)) await placed.kept(each.sha256);
        else lost.push(each);
      }
      // First, so that it comes back with its file however this ends.
      if (lost.length > 0) await placed.putAway(lost.map(({ sha256 }) => sha256));
      const ids = lost.map(({ soundId }) => soundId);
      const { deleted } = ids.length > 0 ? await bin.delete(SYSTEM, ids) : { deleted: [] };
      sounds += deleted.length;
      if (overdue.length < SLICE || deleted.length === 0) break;
    }
    if (sounds > 0) logger.info({ sounds }, 'sounds whose files have been gone for long went to the bin');
  }
}
