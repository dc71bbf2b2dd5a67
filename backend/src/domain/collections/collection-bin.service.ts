import type { AccessRepository } from '../accounts/access.ports.js';
import { demand, SYSTEM, type Actor } from '../accounts/actor.js';
import { changerOf, eraserOf, sees, viewerOf, type Seen } from '../accounts/viewer.js';
import { DomainError, notFound } from '../errors.js';
import type { EventSink } from '../events.js';
import type { JobsService } from '../jobs/jobs.service.js';
import type { Page } from '../library/library.types.js';
import type { Log } from '../log.js';
import { because } from '../reasons.js';
import { Repeating } from '../repeating.js';
import type { CollectionRepository } from './collections.ports.js';
import type { BinnedCollection, Collection } from './collections.types.js';

const PURGE_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
/** Read at once while the bin is looked through. */
const PART = 500;

/**
 * Deleted collections, which can be had back. As with sounds: who may change one may move it to the bin; for good is up to its
 * owner and admins. The sounds themselves stay in the library.
 */
export class CollectionBinService {
  readonly #parts;
  readonly #purging: Repeating;

  /** @param parts `keptDays`: for how long deleted collections can be had back; 0 is not at all */
  constructor(parts: {
    collections: Seen<CollectionRepository>;
    access: Pick<AccessRepository, 'ofCollections'>;
    keptDays: number;
    events: EventSink;
    leads: JobsService['leads'];
    logger: Log;
    now?: () => number;
  }) {
    this.#parts = parts;
    this.#purging = new Repeating({
      everyMs: PURGE_MS,
      run: async () => {
        if (await parts.leads('collection-bin')) await this.purge();
      },
      onFailure: (error) => parts.logger.error({ err: error }, 'deleted collections could not be looked through'),
    });
  }

  async list(actor: Actor, page: { limit: number; cursor?: string | undefined }): Promise<Page<BinnedCollection>> {
    demand(actor, 'read');
    return this.#parts.collections(viewerOf(actor)).binned(page);
  }

  /** Whether the actor may delete it for good, as far as they may do so at all. */
  mayErase(actor: Actor, { ownerId, visibility }: Collection): boolean {
    return sees(eraserOf(actor), { ownerId, visibility, people: [] });
  }

  /** Until when one that was deleted then can be had back. ISO 8601 UTC. */
  goesAt(deletedAt: string): string {
    return new Date(Date.parse(deletedAt) + this.#parts.keptDays * DAY_MS).toISOString();
  }

  /**
   * Deletes a collection: into the bin, or, where there is none or it is asked for, for good (from the bin as well).
   * @throws DomainError `not_found`; `forbidden` for one that is only shared with the actor, and for good for one that is
   *   neither the actor's nor theirs to run
   */
  async delete(actor: Actor, id: string, { permanent = false } = {}): Promise<void> {
    demand(actor, 'edit');
    const forGood = permanent || this.#parts.keptDays === 0;
    const present = await this.#seen(actor, id, { binned: forGood });
    if (!forGood) {
      const gone = await this.#parts.collections(changerOf(actor)).put(id);
      if (!gone) throw await this.#notChanged(actor, present);
      this.#parts.events.tell({ kind: 'collection', change: 'deleted', collectionId: id });
      return;
    }
    if (!this.mayErase(actor, present)) throw new DomainError('forbidden', because('erasing_collection_of_another'));
    if (!(await this.#erase(actor, id, 'anywhere'))) throw notFound('collection', id);
  }

  /**
   * Takes a collection out of the bin, with its sounds in their order.
   * @throws DomainError `not_found`; `forbidden` for one that is only shared with the actor; `conflict` when another one has its
   *   name now
   */
  async restore(actor: Actor, id: string): Promise<Collection> {
    demand(actor, 'edit');
    const { collections, events } = this.#parts;
    const binned = await collections(viewerOf(actor)).getBinned(id);
    if (!binned) throw new DomainError('not_found', because('collection_not_in_bin', { id }));
    const back = await collections(changerOf(actor)).restore(id, viewerOf(actor));
    if (!back) throw await this.#notChanged(actor, binned);
    events.tell({ kind: 'collection', change: 'created', collectionId: id });
    return back;
  }

  /**
   * Takes out of the bin all collections that the actor may change, the latest deleted first.
   * @returns ids: those that are back, and those that stay because another one has their name now
   */
  async restoreAll(actor: Actor): Promise<{ restored: string[]; nameTaken: string[] }> {
    demand(actor, 'edit');
    const bin = this.#parts.collections(changerOf(actor));
    const wanted: string[] = [];
    for await (const { id } of inBin(bin)) wanted.push(id);
    const [restored, nameTaken]: [string[], string[]] = [[], []];
    for (const id of wanted) {
      try {
        await this.restore(actor, id);
        restored.push(id);
      } catch (error) {
        const code = error instanceof DomainError ? error.code : null;
        if (code === 'conflict') nameTaken.push(id);
        // What somebody else took out meanwhile needs nothing more.
        else if (code !== 'not_found') throw error;
      }
    }
    return { restored, nameTaken };
  }

  /** Deletes for good what is in the bin, as far as the actor may. Returns how many are gone. */
  async empty(actor: Actor): Promise<number> {
    demand(actor, 'delete');
    return this.#eraseAll(actor, () => true);
  }

  /** Deletes for good what has been in the bin for too long. */
  async purge(): Promise<void> {
    const { keptDays, logger, now = Date.now } = this.#parts;
    const before = new Date(now() - keptDays * DAY_MS).toISOString();
    const gone = await this.#eraseAll(SYSTEM, ({ deletedAt }) => deletedAt <= before);
    if (gone > 0) logger.info({ collections: gone }, 'collections left the bin for good');
  }

  /** Purges now and again until {@link stop}. */
  start(): void {
    this.#purging.start();
  }

  stop(): Promise<void> {
    return this.#purging.stop();
  }

  async #seen(actor: Actor, id: string, { binned }: { binned: boolean }): Promise<Collection> {
    const seen = this.#parts.collections(viewerOf(actor));
    const present = (await seen.get(id)) ?? (binned ? await seen.getBinned(id) : null);
    if (!present) throw notFound('collection', id);
    return present;
  }

  /** Why one that was there could not be changed: it is another's, or somebody was faster. */
  async #notChanged(actor: Actor, { id, name }: Collection): Promise<DomainError> {
    const mine = this.#parts.collections(changerOf(actor));
    const theirs = this.#parts.collections(viewerOf(actor));
    const isOf = async (seen: CollectionRepository) => (await seen.get(id)) ?? (await seen.getBinned(id));
    if ((await isOf(theirs)) && !(await isOf(mine)))
      return new DomainError('forbidden', because('collection_of_another', { name }));
    return notFound('collection', id);
  }

  async #eraseAll(actor: Actor, isMeant: (one: BinnedCollection) => boolean): Promise<number> {
    const bin = this.#parts.collections(eraserOf(actor));
    let gone = 0;
    for await (const one of inBin(bin)) if (isMeant(one) && (await this.#erase(actor, one.id, 'bin'))) gone++;
    return gone;
  }

  async #erase(actor: Actor, id: string, from: 'bin' | 'anywhere'): Promise<boolean> {
    const { collections, access, events } = this.#parts;
    // Who may hear of it, which nobody can tell when it is gone.
    const kept = (await access.ofCollections([id])).get(id);
    if (!(await collections(eraserOf(actor)).erase(id, from))) return false;
    events.tell({ kind: 'collection', change: 'deleted', collectionId: id, ...(kept && { access: kept }) });
    return true;
  }
}

/** All that is in the bin, latest deleted first, read part by part. */
async function* inBin(bin: Pick<CollectionRepository, 'binned'>): AsyncGenerator<BinnedCollection> {
  let cursor: string | undefined;
  do {
    const page = await bin.binned({ limit: PART, cursor });
    yield* page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
