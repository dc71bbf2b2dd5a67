import type { AccessRepository } from '../accounts/access.ports.js';
import { demand, SYSTEM, type Actor } from '../accounts/actor.js';
import { changerOf, eraserOf, EVERYTHING, sees, viewerOf, type Seen, type Viewer } from '../accounts/viewer.js';
import { asStorageFull, DomainError } from '../errors.js';
import type { EventSink } from '../events.js';
import type { Work } from '../jobs/held.job.js';
import type { JobHandler } from '../jobs/job.handlers.js';
import type { JobOrder, JobsService } from '../jobs/jobs.service.js';
import type { Job } from '../ingest/ingest.types.js';
import { expectedLengthS } from '../ingest/length.js';
import type { JobQueue, JobRepository } from '../ingest/ingest.ports.js';
import type { KeyedLock } from '../keyed-lock.js';
import type { Log } from '../log.js';
import { inSlices } from '../slices.js';
import type { BinnedSound, BinRepository, Reserve } from './bin.ports.js';
import type { AudioStore, SoundRepository } from './library.ports.js';
import type { Page, Sound } from './library.types.js';
import { mustMayChange } from './may-change.js';
import { because } from '../reasons.js';
import { Repeating } from '../repeating.js';

/** Sounds deleted in one transaction: some tens of milliseconds, after which others have their turn. */
const SLICE = 100;
const PURGE_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
/** No upload takes longer from its last byte until it is accepted, also where its bytes are sent on to S3. */
const ACCEPTED_WITHIN_MS = 60 * 60_000;
const ALL = Number.MAX_SAFE_INTEGER;

interface Emptied {
  deleted: number;
  freedBytes: number;
  kept: number;
}

/** Deleting, and having it back. Who may change a sound may move it to the bin; for good is up to its owner and admins. */
export class BinService {
  readonly #parts;
  readonly #purging: Repeating;

  /**
   * @param parts `locks` must be the same object that the upload service has: it keeps a delete and an upload of the same
   *   bytes apart. `keptDays`: for how long deleted sounds can be had back; 0 is not at all
   */
  constructor(parts: {
    bin: Seen<BinRepository>;
    sounds: Seen<Pick<SoundRepository, 'get' | 'several'>>;
    access: Pick<AccessRepository, 'ofSounds'>;
    jobs: JobRepository;
    store: AudioStore;
    queue: JobQueue;
    locks: KeyedLock;
    reserve: Reserve;
    keptDays: number;
    logger: Log;
    events: EventSink;
    work: Pick<JobsService, 'begin' | 'run' | 'leads'>;
    now?: () => number;
  }) {
    this.#parts = parts;
    this.#purging = new Repeating({
      everyMs: PURGE_MS,
      run: async () => {
        if (!(await parts.work.leads('bin'))) return;
        await this.purge();
        await parts.reserve.fill();
      },
      onFailure: (error) => parts.logger.error({ err: error }, 'the bin could not be looked through'),
    });
  }

  get keptDays(): number {
    return this.#parts.keptDays;
  }

  async list(
    actor: Actor,
    request: { limit: number; cursor?: string | undefined },
  ): Promise<Page<BinnedSound> & { bytes: number; erasable: { sounds: number; bytes: number } }> {
    demand(actor, 'read');
    const { bin } = this.#parts;
    const seen = bin(viewerOf(actor));
    const { bytes } = await seen.sums();
    return { ...(await seen.list(request)), bytes, erasable: await bin(eraserOf(actor)).sums() };
  }

  /** Whether the actor may delete it for good, as far as they may do so at all. */
  mayErase(actor: Actor, { ownerId, visibility }: Sound): boolean {
    return sees(eraserOf(actor), { ownerId, visibility, people: [] });
  }

  async sums(): Promise<{ sounds: number; bytes: number }> {
    return this.#parts.bin(EVERYTHING).sums();
  }

  /** Until when a sound that was deleted then can be had back. ISO 8601 UTC. */
  goesAt(deletedAt: string): string {
    return new Date(Date.parse(deletedAt) + this.#parts.keptDays * DAY_MS).toISOString();
  }

  /** As far as the viewer sees it. */
  async findBySha256(viewer: Viewer, sha256: string): Promise<Sound | null> {
    return this.#parts.bin(viewer).findBySha256(sha256);
  }

  /** Whether some sound has these bytes, whosever it is. */
  async isUsed(sha256: string): Promise<boolean> {
    return this.#parts.bin(EVERYTHING).isUsed(sha256);
  }

  /** Bytes will be kept before a sound has them: what a crash leaves in between is deleted later. */
  async expect(sha256: string): Promise<void> {
    const { now = Date.now } = this.#parts;
    await this.#parts.bin(EVERYTHING).noteLeftover(sha256, new Date(now() + ACCEPTED_WITHIN_MS).toISOString());
  }

  /**
   * Deletes sounds: into the bin, or, where there is none or it is asked for, for good (from the bin as well). They are named in the
   * order in which they were asked for.
   * @throws DomainError `forbidden` for good and some are neither the actor's nor theirs to run; nothing is deleted then
   * @throws DomainError `storage_full` when the disk is full and there is no space left to note down what goes
   */
  async delete(
    actor: Actor,
    ids: readonly string[],
    { permanent = false }: { permanent?: boolean | undefined } = {},
  ): Promise<{ deleted: string[]; notFound: string[] }> {
    demand(actor, 'delete');
    const wanted = [...new Set(ids)];
    const forGood = permanent || this.keptDays === 0;
    const deleted = new Set<string>();
    const changer = changerOf(actor);
    await inSlices(wanted, SLICE, (slice) => mustMayChange(this.#parts.sounds, actor, slice));
    if (forGood) await this.#mustMayErase(actor, wanted);
    await inSlices(wanted, SLICE, async (slice) => {
      // Who may hear of it, which nobody can tell when they are gone.
      const access = forGood ? await this.#parts.access.ofSounds(slice) : null;
      const gone = forGood
        ? (await this.#erase(eraserOf(actor), slice, 'anywhere')).ids
        : await this.#put(changer, slice);
      for (const soundId of gone) {
        deleted.add(soundId);
        const kept = access?.get(soundId);
        this.#parts.events.tell({ kind: 'sound', change: 'deleted', soundId, ...(kept && { access: kept }) });
      }
    });
    const isDeleted = (id: string): boolean => deleted.has(id);
    return { deleted: wanted.filter(isDeleted), notFound: wanted.filter((id) => !isDeleted(id)) };
  }

  /**
   * Takes sounds out of the bin, all of them without `ids`, and names them in that order. One that the present model has not heard is heard now.
   * @throws DomainError `storage_full`
   */
  async restore(actor: Actor, ids?: readonly string[]): Promise<{ restored: string[]; notFound: string[] }> {
    demand(actor, 'edit');
    const { jobs, events } = this.#parts;
    const bin = this.#parts.bin(changerOf(actor));
    const wanted = ids ? [...new Set(ids)] : await bin.ids(ALL);
    const restored = new Set<string>();
    await inSlices(wanted, SLICE, async (slice) => {
      const back = await bin.restore(slice);
      for (const jobId of back.openJobs) await this.#deliver(await jobs.get(jobId));
      for (const id of back.unheard) await this.#deliver(await jobs.restart(id));
      for (const soundId of back.restored) {
        restored.add(soundId);
        events.tell({ kind: 'sound', change: 'restored', soundId });
      }
    });
    const isBack = (id: string): boolean => restored.has(id);
    return { restored: wanted.filter(isBack), notFound: ids ? wanted.filter((id) => !isBack(id)) : [] };
  }

  /**
   * Deletes what is in the bin for good, without `ids` all that the actor may; frees what it took on the disk.
   * @returns `kept`: how many of others stay
   * @throws DomainError `forbidden` when one of `ids` is neither the actor's nor theirs to run
   */
  async empty(actor: Actor, ids?: readonly string[]): Promise<Emptied> {
    demand(actor, 'delete');
    if (!ids) return this.#parts.work.run(emptying(actor), (work) => this.#eraseEverything(actor, work), beingEmptied);
    await this.#mustMayErase(actor, ids);
    return { ...(await this.#eraseAll(eraserOf(actor), ids)), kept: 0 };
  }

  /** What can be done with jobs that empty the bin. */
  get emptyHandler(): JobHandler {
    return {
      resumes: false,
      retry: async (actor) => {
        demand(actor, 'delete');
        const job = await this.#parts.work.begin(emptying(actor), (work) => this.#eraseEverything(actor, work));
        return job?.id ?? beingEmptied();
      },
    };
  }

  async #eraseEverything(actor: Actor, work: Work): Promise<Emptied> {
    const { bin } = this.#parts;
    const eraser = eraserOf(actor);
    const wanted = await bin(eraser).ids(ALL);
    const { sounds } = await bin(viewerOf(actor)).sums();
    return { ...(await this.#eraseAll(eraser, wanted, work)), kept: Math.max(0, sounds - wanted.length) };
  }

  /** Of what the actor does not see nothing is said. */
  async #mustMayErase(actor: Actor, ids: readonly string[]): Promise<void> {
    if (viewerOf(actor).id === null) return;
    const { bin } = this.#parts;
    await inSlices([...new Set(ids)], SLICE, async (slice) => {
      const seen = await bin(viewerOf(actor)).hashesOf(slice);
      const erasable = await bin(eraserOf(actor)).hashesOf(slice);
      if (seen.length > erasable.length) throw new DomainError('forbidden', because('erasing_of_another'));
    });
  }

  async #eraseAll(eraser: Viewer, wanted: readonly string[], work?: Work): Promise<Omit<Emptied, 'kept'>> {
    const sum = { deleted: 0, freedBytes: 0 };
    let seen = 0;
    await inSlices(wanted, SLICE, async (slice) => {
      work?.signal.throwIfAborted();
      seen += slice.length;
      work?.report({ stage: 'deleting', progress: seen / wanted.length, detail: { ...sum, total: wanted.length } });
      const gone = await this.#erase(eraser, slice, 'bin');
      sum.deleted += gone.ids.length;
      sum.freedBytes += gone.bytes;
    });
    return sum;
  }

  /** Deletes for good what has been in the bin for too long, and files that a crash left without a sound. */
  async purge(): Promise<void> {
    const { locks, store, reserve, logger, now = Date.now } = this.#parts;
    const bin = this.#parts.bin(EVERYTHING);
    const before = new Date(now() - this.keptDays * DAY_MS).toISOString();
    let purged = 0;
    while (!this.#purging.stopped) {
      const ids = await bin.ids(SLICE, before);
      const { deleted } = await this.empty(SYSTEM, ids);
      purged += deleted;
      if (ids.length < SLICE || deleted === 0) break;
    }
    if (purged > 0) logger.info({ sounds: purged }, 'sounds left the bin for good');
    for (const sha256 of await bin.leftovers()) {
      if (this.#purging.stopped) return;
      await locks.run(sha256, async () => {
        // Somebody may be uploading them again just now.
        if ((await bin.leftovers([sha256])).length === 0) return;
        if (!(await bin.isUsed(sha256))) await store.remove(sha256);
        await reserve.use(() => bin.forgetLeftovers([sha256]));
      });
    }
  }

  /** Purges now and again until {@link stop}. */
  start(): void {
    this.#purging.start();
  }

  stop(): Promise<void> {
    return this.#purging.stop();
  }

  async #put(changer: Viewer, ids: readonly string[]): Promise<string[]> {
    const { jobs, queue, reserve } = this.#parts;
    const bin = this.#parts.bin(changer);
    return this.#holding(ids, async () => {
      const open = await jobs.openOf(ids);
      const gone = await reserve.use(() => bin.put(ids), { keepHalf: true }).catch(noSpaceForBin);
      // A job that stays in the queue finds no row and is skipped, so a queue that is down does not matter.
      for (const { id } of open) await queue.remove(id).catch(() => undefined);
      return gone;
    });
  }

  /** The rows first, then the bytes: what a crash leaves in between is noted as a leftover. */
  async #erase(
    eraser: Viewer,
    ids: readonly string[],
    from: 'bin' | 'anywhere',
  ): Promise<{ ids: string[]; bytes: number }> {
    const { jobs, queue, store, reserve } = this.#parts;
    const bin = this.#parts.bin(eraser);
    return this.#holding(ids, async () => {
      const open = await jobs.openOf(ids);
      const gone = await reserve.use(() => bin.erase(ids, from));
      for (const { id } of open) await queue.remove(id).catch(() => undefined);
      let bytes = 0;
      const used = new Set(await bin.used(gone.map(({ sha256 }) => sha256)));
      for (const { sha256, storedBytes } of gone) {
        // They may be somebody else's sound as well.
        if (used.has(sha256)) continue;
        await store.remove(sha256);
        bytes += storedBytes;
      }
      await reserve.use(() => bin.forgetLeftovers(gone.map(({ sha256 }) => sha256)));
      return { ids: gone.map(({ id }) => id), bytes };
    });
  }

  /** Does the work while nobody else touches the bytes of these sounds; waits again where they got others meanwhile. */
  async #holding<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    const { locks } = this.#parts;
    const bin = this.#parts.bin(EVERYTHING);
    for (;;) {
      const hashes = await bin.hashesOf(ids);
      const held = await locks.runAll(hashes, async () => {
        const present = await bin.hashesOf(ids);
        return present.every((hash) => hashes.includes(hash)) ? { result: await work() } : null;
      });
      if (held) return held.result;
    }
  }

  async #deliver(job: Job | null): Promise<void> {
    const sound = job && (await this.#parts.sounds(EVERYTHING).get(job.soundId));
    if (sound)
      await this.#parts.queue
        .add(job.id, expectedLengthS(sound), { owner: job.owner, batch: false })
        .catch(() => undefined);
  }
}

const emptying = ({ ownerId }: Actor): JobOrder => ({ kind: 'empty-bin', subject: null, owner: ownerId });

function beingEmptied(): never {
  throw new DomainError('conflict', because('bin_being_emptied'));
}

function noSpaceForBin(error: unknown): never {
  if (!asStorageFull(error)) throw error;
  throw new DomainError('storage_full', because('disk_full_for_bin'), { cause: error });
}
