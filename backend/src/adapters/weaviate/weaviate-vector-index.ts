import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DomainError } from '../../domain/errors.js';
import type { JobStore } from '../../domain/jobs/jobs.ports.js';
import type { Log } from '../../domain/log.js';
import { because, type Reason } from '../../domain/reasons.js';
import type { SegmentSource } from '../../domain/search/search.ports.js';
import type { Background, IndexStatus, VectorAnswer, VectorQuery } from '../../domain/search/search.types.js';
import type { PresentSegments, VectorSet, VectorSets } from '../../domain/search/vector-sets.ports.js';
import type { VectorIndex } from '../../domain/search/vectors.ports.js';
import {
  countSegments,
  countSounds,
  dropCollection,
  makeCollection,
  putSegments,
  readMark,
  removeSegments,
  writeMark,
  type CollectionSettings,
} from './collection.js';
import { LostCollection, type WeaviateConnection } from './connection.js';
import { WeaviateVectors } from './weaviate-vectors.js';

export interface WeaviateIndexOptions {
  connection: WeaviateConnection;
  settings: CollectionSettings;
  /** The library, which is right whatever Weaviate holds. */
  source: SegmentSource & PresentSegments;
  sets: VectorSets;
  /** One process writes at a time. */
  leases: Pick<JobStore, 'lease'>;
  holder: () => string;
  model: { key: string; dimension: number };
  logger: Log;
}

/** Changes that are written at a time. */
const BATCH = 500;
/** Whoever writes is taken for gone when it has not said so for this long. */
const LEASE_MS = 30_000;
/** How often it is looked whether the collection is still what the database says. */
const CHECK_MS = 10_000;
/** Checks that must find another number of vectors, one after the other, before all are made anew: copies are a little behind. */
const MISSED_CHECKS = 3;
const AGAIN_MS = 60 * 60_000;
const WAIT_MS = 250;

/**
 * Vectors in Weaviate as the library's tables say: one collection for each model, which whoever has the lease writes. The database knows
 * how far it goes, and so does the collection; one that is gone, was put back to an older state, or lacks vectors is filled again.
 */
export class WeaviateVectorIndex implements VectorIndex {
  readonly capabilities = { tellsBackground: false };
  private readonly vectors: WeaviateVectors;
  private set: VectorSet | null = null;
  private state: IndexStatus['state'] = 'loading';
  private progress = 0;
  private problem: Reason | null = null;
  private counts = { segments: 0, sounds: 0 };
  /** How far the set was when they were counted. */
  private counted = '';
  private checkAt = 0;
  private missed = 0;
  private anewAt = 0;
  private closing = false;
  /** Everything that changes the collection from here, one after the other. */
  private order: Promise<void> = Promise.resolve();
  private queuedRefresh: Promise<void> | null = null;

  constructor(private readonly options: WeaviateIndexOptions) {
    const { connection, source } = options;
    this.vectors = new WeaviateVectors(connection, () => this.inUse(), source);
  }

  /** Removes what there is of other models than these, and what was left half made. */
  static async sweep(
    { connection, sets, leases, holder }: Pick<WeaviateIndexOptions, 'connection' | 'sets' | 'leases' | 'holder'>,
    keep: readonly string[],
  ): Promise<void> {
    for (const { name, modelKey } of await sets.unwanted(keep)) {
      const lease = new Lease(leases, modelKey, holder());
      // Somebody makes it anew.
      if (!(await lease.take())) continue;
      try {
        await dropCollection(connection, name);
        await sets.forget(name);
      } finally {
        await lease.end();
      }
    }
  }

  /** Ends when everything is there, whichever process brings it. */
  async open(): Promise<void> {
    await this.inOrder(() => this.follow());
    while (!this.set?.filled) {
      await pause(WAIT_MS);
      await this.inOrder(() => this.follow());
    }
  }

  refresh(): Promise<void> {
    this.queuedRefresh ??= this.inOrder(async () => {
      this.queuedRefresh = null;
      // Told once, and tried again at the next look.
      await this.follow().catch((error: unknown) => {
        if (!isAway(error)) throw error;
      });
    });
    return this.queuedRefresh;
  }

  /** Beside the collection that answers, and then in its place. */
  rebuild(): Promise<void> {
    return this.inOrder(() => this.makeAnew());
  }

  search(query: VectorQuery): Promise<VectorAnswer> {
    return this.asking(() => this.vectors.search(query));
  }

  sampleScores(vector: Float32Array): Promise<Background> {
    return this.asking(() => this.vectors.sampleScores(vector));
  }

  status(): IndexStatus {
    const { state, progress, counts, set, problem } = this;
    const { key } = this.options.model;
    return { state, progress, problem, modelKey: key, seq: set?.seq ?? 0, memoryBytes: 0, ...counts };
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.order.catch(() => undefined);
  }

  private inUse(): { name: string; dimension: number } {
    const { set } = this;
    if (!set) throw new DomainError('not_ready', this.problem ?? because('index_not_open'), { transient: true });
    if (!set.filled) {
      const percent = Math.floor(this.progress * 100);
      throw new DomainError('not_ready', because('index_rebuilding', { percent }), { transient: true });
    }
    return { name: set.name, dimension: this.options.model.dimension };
  }

  /** Another process may have put another collection in the place of this one: then that one is asked. */
  private async asking<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (!this.set) await this.look();
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof LostCollection)) throw error;
      this.checkAt = 0;
      await this.look();
      this.refresh().catch(() => undefined);
      return await ask().catch((again: unknown) => {
        throw again instanceof LostCollection ? lost(again) : again;
      });
    }
  }

  private inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.order
      .catch(() => undefined)
      .then(() => {
        this.demandOpen();
        return work();
      });
    this.order = done;
    done.catch(() => undefined);
    return done;
  }

  private demandOpen(): void {
    if (this.closing) throw new DomainError('cancelled', 'The program is shutting down.');
  }

  /** What the database says of the set; what Weaviate says is not asked. */
  private async look(): Promise<void> {
    this.set = await this.options.sets.active(this.options.model.key);
  }

  /** Applies what is newer, unless another process does. */
  private async follow(): Promise<void> {
    try {
      await this.followOn().catch((error: unknown) => {
        if (!(error instanceof LostCollection)) throw error;
        this.checkAt = 0;
        return this.followOn();
      });
      if (this.problem) this.options.logger.info({}, 'Weaviate answers again');
      this.problem = null;
    } catch (error) {
      if (!isAway(error)) throw error;
      const [reason = because('vectors_away')] = error.reasons;
      if (!this.problem) {
        this.options.logger.warn({ err: error.options.cause ?? error }, `${error.message} Trying again`);
      }
      this.problem = reason;
      throw error;
    }
  }

  private async followOn(): Promise<void> {
    const { source } = this.options;
    await this.look();
    const latest = await source.latestSeq();
    const { set } = this;
    if (!set?.filled) this.state = set ? 'rebuilding' : 'loading';
    const isDue = Date.now() >= this.checkAt;
    if (!set?.filled || set.seq < latest || isDue) {
      await this.withLease(async (lease) => {
        await this.look();
        if (!this.set || isDue || !this.set.filled) await this.check(latest, lease);
        if (this.set) await this.catchUp(this.set, lease, (step) => (this.set = step));
        await this.count();
        if (isDue) this.checkAt = Date.now() + CHECK_MS;
      });
    }
    if (!this.set?.filled) {
      this.progress = latest > 0 ? Math.min(1, (this.set?.seq ?? 0) / latest) : 0;
      return;
    }
    if (this.counted !== placeOf(this.set)) await this.count();
    this.state = 'ready';
    this.progress = 1;
    if (this.missed >= MISSED_CHECKS && Date.now() >= this.anewAt) await this.repair();
  }

  /** @returns whether it was had; else another process is at work */
  private async withLease(work: (lease: Lease) => Promise<void>): Promise<boolean> {
    const { leases, holder, model } = this.options;
    const lease = new Lease(leases, model.key, holder());
    if (!(await lease.take())) return false;
    try {
      await work(lease);
    } finally {
      await lease.end();
    }
    return true;
  }

  /** Sees to it that there is a collection, and that it is one that goes on from what the database says. */
  private async check(latest: number, lease: Lease): Promise<void> {
    const { connection, sets, logger } = this.options;
    const known = this.set;
    if (known) {
      const mark = await connection.in(known.name, readMark).catch((error: unknown) => {
        if (error instanceof LostCollection) return null;
        throw error;
      });
      // The database is told before the collection: it is never behind, unless it is an older one.
      if (mark !== null && mark <= known.seq && known.seq <= latest) {
        if (mark < known.seq) await sets.rewind(known.name, mark);
        this.set = { ...known, seq: mark };
        return;
      }
      logger.warn(
        { collection: known.name, mark, seq: known.seq, latest },
        mark === null
          ? 'The vectors in Weaviate are gone; they are made anew from the database'
          : 'The vectors in Weaviate are not of this state of the database; they are made anew',
      );
    }
    await lease.keep();
    this.state = 'rebuilding';
    this.progress = 0;
    const name = await this.makeSet();
    await sets.activate(name);
    await this.look();
    if (known) await this.drop(known.name);
  }

  /** An empty collection that the database knows, but does not use. */
  private async makeSet(): Promise<string> {
    const { connection, sets, settings, model } = this.options;
    const name = `Traum_${randomBytes(8).toString('hex')}`;
    await sets.add(name, model.key);
    await makeCollection(connection, name, model.key, settings);
    await connection.in(name, (collection) => writeMark(collection, 0));
    return name;
  }

  private async drop(name: string): Promise<void> {
    const { connection, sets, logger } = this.options;
    try {
      await dropCollection(connection, name);
      await sets.forget(name);
    } catch (error) {
      logger.warn({ err: error, collection: name }, 'A former collection could not be removed; a next start does it');
    }
  }

  /** Writes changes until there are no more. @param onStep told how far it is */
  private async catchUp(from: VectorSet, lease: Lease, onStep: (set: VectorSet) => void): Promise<void> {
    const { connection, source, sets, model } = this.options;
    let set = from;
    let latest = await source.latestSeq();
    while (!set.filled || set.seq < latest) {
      this.demandOpen();
      await lease.keep();
      const changes = await source.changesSince(set.seq, model.key, BATCH);
      const removed = changes.filter(({ op }) => op === 'remove').map(({ segmentId }) => segmentId);
      const added = changes.filter((change) => change.op === 'add');
      await connection.in(set.name, async (collection) => {
        if (removed.length > 0) await removeSegments(collection, removed);
        if (added.length > 0) await putSegments(collection, added);
      });
      // Changes of other models are not told: after the last one there is nothing more up to the latest.
      const isAll = changes.length < BATCH;
      const seq = isAll ? Math.max(set.seq, latest, changes.at(-1)?.seq ?? 0) : changes.at(-1)!.seq;
      const step = { ...set, seq, filled: set.filled || isAll };
      if (!(await sets.advance(set.name, set.seq, step))) {
        // Another process took this one for gone and wrote meanwhile: what both wrote is applied again, in order.
        await sets.rewind(set.name, set.seq);
        throw new DomainError('busy', 'Another process writes to the vectors.', { transient: true });
      }
      await connection.in(set.name, (collection) => writeMark(collection, seq));
      set = step;
      onStep(set);
      this.progress = latest > 0 ? Math.min(1, seq / latest) : 1;
      if (isAll) latest = await source.latestSeq();
    }
  }

  private async count(): Promise<void> {
    const { connection, source, model } = this.options;
    const { set } = this;
    if (!set?.filled) return;
    const [segments, sounds] = await connection.in(set.name, (collection) =>
      Promise.all([countSegments(collection), countSounds(collection, null)]),
    );
    this.counts = { segments, sounds };
    this.counted = placeOf(set);
    const expected = await source.segmentCount(model.key);
    // Counted when nothing was added since: else the sums cannot agree.
    if ((await source.latestSeq()) > set.seq) return;
    this.missed = segments === expected ? 0 : this.missed + 1;
  }

  private async repair(): Promise<void> {
    this.anewAt = Date.now() + AGAIN_MS;
    this.missed = 0;
    this.options.logger.warn(
      { ...this.counts },
      'Weaviate does not hold all vectors of the library; they are made anew',
    );
    await this.makeAnew();
  }

  private async makeAnew(): Promise<void> {
    const { sets, model } = this.options;
    await this.follow();
    this.state = 'rebuilding';
    this.progress = 0;
    try {
      const work = async (lease: Lease): Promise<void> => {
        const former = await sets.active(model.key);
        const name = await this.makeSet();
        try {
          await this.catchUp({ name, modelKey: model.key, seq: 0, filled: false }, lease, () => undefined);
          await sets.activate(name);
        } catch (error) {
          await this.drop(name);
          throw error;
        }
        await this.look();
        if (former) await this.drop(former.name);
        await this.count();
      };
      while (!(await this.withLease(work))) {
        this.demandOpen();
        await pause(WAIT_MS);
      }
    } finally {
      this.state = this.set?.filled ? 'ready' : 'loading';
      this.progress = this.set?.filled ? 1 : 0;
    }
  }
}

/** The right to write the vectors of a model. */
class Lease {
  private readonly name: string;
  private keptAt = 0;

  constructor(
    private readonly leases: Pick<JobStore, 'lease'>,
    modelKey: string,
    private readonly holder: string,
  ) {
    this.name = `vectors:${modelKey}`;
  }

  async take(): Promise<boolean> {
    this.keptAt = Date.now();
    return this.ask(LEASE_MS);
  }

  /** @throws DomainError `busy` when another process has it by now */
  async keep(): Promise<void> {
    if (Date.now() - this.keptAt < LEASE_MS / 5) return;
    if (!(await this.take())) {
      throw new DomainError('busy', 'Another process writes to the vectors.', { transient: true });
    }
  }

  async end(): Promise<void> {
    await this.ask(-1);
  }

  private async ask(forMs: number): Promise<boolean> {
    return this.leases.lease(this.name, { holder: this.holder, until: new Date(Date.now() + forMs).toISOString() });
  }
}

const placeOf = ({ name, seq }: VectorSet): string => `${name} ${seq}`;
const isAway = (error: unknown): error is DomainError => error instanceof DomainError && error.code === 'not_ready';

const lost = (cause: LostCollection): DomainError =>
  new DomainError('not_ready', because('index_rebuilding', { percent: 0 }), { transient: true, cause });
