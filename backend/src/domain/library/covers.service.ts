import { demand, type Actor } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
import { notFound } from '../errors.js';
import { FORGET_EVERY_MS } from '../forgetting.js';
import type { JobsService } from '../jobs/jobs.service.js';
import type { Log } from '../log.js';
import { Repeating } from '../repeating.js';
import type { CoverRepository, CoverSize } from './covers.ports.js';

/** A cover that nobody has may be one that is just being given to a sound. */
const UNUSED_MS = 3_600_000;

/** Pictures of sounds for people; those that nobody needs any more go. */
export class CoversService {
  readonly #parts;
  readonly #forgetting: Repeating;

  constructor(parts: {
    covers: Pick<CoverRepository, 'forgetUnused'>;
    seen: Seen<Pick<CoverRepository, 'get'>>;
    leads: JobsService['leads'];
    logger: Log;
  }) {
    this.#parts = parts;
    this.#forgetting = new Repeating({
      everyMs: FORGET_EVERY_MS,
      run: async () => {
        if (await parts.leads('covers')) await this.forget();
      },
      onFailure: (error) => parts.logger.warn({ err: error }, 'covers that no sound has could not be forgotten'),
    });
  }

  start(): void {
    this.#forgetting.start();
  }

  stop(): Promise<void> {
    return this.#forgetting.stop();
  }

  /** A square JPEG. @throws DomainError `not_found`, also where no sound with it may be seen */
  async get(actor: Actor, id: string, size: CoverSize): Promise<Uint8Array> {
    demand(actor, 'read');
    const picture = await this.#parts.seen(viewerOf(actor)).get(id, size);
    if (!picture) throw notFound('cover', id);
    return picture;
  }

  /** @returns how many went */
  async forget(now = Date.now()): Promise<number> {
    return this.#parts.covers.forgetUnused(new Date(now - UNUSED_MS).toISOString());
  }
}
