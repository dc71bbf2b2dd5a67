import os from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DomainError } from '../../domain/errors.js';
import type { Log } from '../../domain/log.js';
import type { SegmentSource } from '../../domain/search/search.ports.js';
import type { Background, IndexStatus, VectorAnswer, VectorQuery } from '../../domain/search/search.types.js';
import type { VectorIndex } from '../../domain/search/vectors.ports.js';
import { EmbeddedVectors } from './embedded-vectors.js';
import { because } from '../../domain/reasons.js';

export interface EmbeddedIndexOptions {
  source: SegmentSource;
  /** Where the snapshot lies; nothing else may. */
  directory: string;
  model: { key: string; dimension: number };
  logger: Log;
  /** Up to this many segments searches are exact. */
  exactUpTo: number;
  /** Threads that help with scans of large libraries. */
  helpers?: number;
}

/** Memory is the limit of a scan: more threads than this would wait for it. */
const MAX_HELPERS = 3;
/** Changes read from the database in one go: a few milliseconds, so that requests are served in between. */
const BATCH = 500;
/** How many of the snapshot's last changes are compared with the database, to notice that it is another one. */
const OVERLAP = 100;
/** A snapshot is written when this many changes are not in one, and this share of all: writing takes as long as the index is large. */
const SNAPSHOT_AFTER_CHANGES = 5000;
const SNAPSHOT_AFTER_SHARE = 0.2;
const SNAPSHOT_EVERY_MS = 5 * 60 * 1000;
/** A thread that ends more often than this within the time is not started again until somebody searches or adds. */
const MAX_RESTARTS = 3;
const RESTARTS_COUNT_MS = 60_000;

/**
 * Keeps vectors in a thread of the API process as the database says: it starts the thread, follows, and saves and loads snapshots. A missing, old,
 * damaged or foreign snapshot and a crash of the thread all end in the same way: it is filled anew from the database.
 */
export class EmbeddedVectorIndex implements VectorIndex {
  readonly capabilities = { tellsBackground: true };
  private vectors: EmbeddedVectors | null = null;
  private state: IndexStatus['state'] = 'loading';
  private progress = 0;
  private seq = 0;
  private unsaved = 0;
  private crashes: number[] = [];
  private closing = false;
  /** False while the thread holds less than `seq` says: such a state must not be saved. */
  private savable = true;
  /** What has to be done before changes can be followed, and was not: the database went away in the middle of it. */
  private unfinished: (() => Promise<void>) | null = null;
  /** While the thread is filled from nothing, its answers would lack most of the library. */
  private answering = true;
  private readonly snapshots: NodeJS.Timeout;
  /** Everything that changes the index, one after the other. */
  private order: Promise<void> = Promise.resolve();
  private queuedRefresh: Promise<void> | null = null;

  constructor(private readonly options: EmbeddedIndexOptions) {
    this.snapshots = setInterval(() => {
      const { vectors } = this;
      if (vectors && this.savable && this.state === 'ready') void this.inOrder(() => this.save(vectors));
    }, SNAPSHOT_EVERY_MS).unref();
  }

  open(): Promise<void> {
    return this.inOrder(() => this.start());
  }

  refresh(): Promise<void> {
    this.queuedRefresh ??= this.inOrder(async () => {
      this.queuedRefresh = null;
      if (!this.vectors) await this.start();
      else if (this.unfinished) await this.unfinished();
      else await this.replay(this.vectors);
    });
    return this.queuedRefresh;
  }

  rebuild(): Promise<void> {
    return this.inOrder(async () => {
      if (this.vectors) await this.fillAnew(this.vectors, true);
      else await this.start(false);
    });
  }

  search(query: VectorQuery): Promise<VectorAnswer> {
    return this.asking((vectors) => vectors.search(query));
  }

  sampleScores(vector: Float32Array): Promise<Background> {
    return this.asking((vectors) => vectors.sampleScores(vector));
  }

  status(): IndexStatus {
    const counts = this.vectors?.counts ?? { segments: 0, sounds: 0, memoryBytes: 0 };
    return { state: this.state, progress: this.progress, modelKey: this.options.model.key, seq: this.seq, ...counts };
  }

  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    clearInterval(this.snapshots);
    await this.order.catch(() => undefined);
    const { vectors } = this;
    if (!vectors) return;
    if (this.savable) await this.save(vectors);
    this.vectors = null;
    await vectors.close();
  }

  /** A question during which the thread ends is asked again of the next one. */
  private async asking<Answer>(ask: (vectors: EmbeddedVectors) => Promise<Answer>): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      if (!this.answering) throw this.beingRebuilt();
      try {
        if (!this.vectors) await this.refresh();
        const { vectors } = this;
        if (!vectors) throw new DomainError('not_ready', because('index_not_open'), { transient: true });
        return await ask(vectors);
      } catch (error) {
        if (!isNotReady(error) || attempt === MAX_RESTARTS || this.closing) throw error;
      }
    }
  }

  private inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.order.catch(() => undefined).then(() => this.withRestarts(work));
    this.order = done;
    // A failure is told to the caller; the chain itself must not count as an unhandled rejection.
    done.catch(() => undefined);
    return done;
  }

  /** Work that the thread did not survive is done by starting a new one: that brings everything up to date. */
  private async withRestarts(work: () => Promise<void>): Promise<void> {
    for (let restarts = 0; ; restarts++) {
      if (this.closing) throw new DomainError('cancelled', 'The program is shutting down.');
      try {
        await (restarts === 0 ? work() : this.start());
        return;
      } catch (error) {
        if (!isNotReady(error) || restarts === MAX_RESTARTS) throw error;
      }
    }
  }

  /** Work that the next look begins anew when it fails: what it left half done must not be taken for the whole. */
  private async toTheEnd(work: () => Promise<void>): Promise<void> {
    this.unfinished = work;
    await work();
    this.unfinished = null;
  }

  private async start(useSnapshot = this.recentCrashes() < 2): Promise<void> {
    const { directory, model } = this.options;
    this.state = 'loading';
    this.progress = 0;
    this.answering = true;
    const vectors = new EmbeddedVectors(
      {
        folder: directory,
        modelKey: model.key,
        engine: {
          dimension: model.dimension,
          exactUpTo: this.options.exactUpTo,
          helpers: this.options.helpers ?? Math.min(MAX_HELPERS, os.availableParallelism() - 1),
        },
      },
      (error) => this.onCrash(vectors, error),
    );
    this.vectors = vectors;
    await this.toTheEnd(() => this.takeUp(vectors, useSnapshot));
  }

  /** From the snapshot, where there is one that fits; otherwise from the database. */
  private async takeUp(vectors: EmbeddedVectors, useSnapshot: boolean): Promise<void> {
    const { model, logger, source } = this.options;
    const from = useSnapshot ? await vectors.load() : null;
    if (from !== null && (await this.fits(vectors, from))) {
      this.seq = from;
      let expected: number;
      // Counted when nothing was added since: else the sums cannot agree.
      do {
        await this.replay(vectors);
        expected = await source.segmentCount(model.key);
      } while ((await source.latestSeq()) > this.seq);
      if (vectors.counts.segments === expected) {
        this.ready();
        return;
      }
    }
    if (from !== null)
      logger.warn({ lastSeq: from }, 'The index snapshot does not fit the database; building the index anew');
    await this.fillAnew(vectors, false);
  }

  /** Whether the database's changes up to the snapshot end as the snapshot says. */
  private async fits(vectors: EmbeddedVectors, lastSeq: number): Promise<boolean> {
    const { source, model } = this.options;
    if (lastSeq > (await source.latestSeq())) return false;
    const overlap = (await source.changesSince(Math.max(0, lastSeq - OVERLAP), model.key, OVERLAP)).filter(
      ({ seq }) => seq <= lastSeq,
    );
    return vectors.agrees(overlap);
  }

  /** @param keepAnswering with what is there until the new index is complete; else searches are told to wait */
  private fillAnew(vectors: EmbeddedVectors, keepAnswering: boolean): Promise<void> {
    return this.toTheEnd(() => this.fill(vectors, keepAnswering));
  }

  private async fill(vectors: EmbeddedVectors, keepAnswering: boolean): Promise<void> {
    const { source, model, logger } = this.options;
    const started = performance.now();
    this.state = 'rebuilding';
    this.progress = 0;
    this.savable = !keepAnswering;
    this.answering = keepAnswering;
    await vectors.restart();
    if (!keepAnswering) await vectors.swap();
    this.seq = 0;
    await this.replay(vectors, await source.segmentCount(model.key));
    if (keepAnswering) await vectors.swap();
    this.savable = true;
    this.answering = true;
    this.ready();
    const segments = vectors.counts.segments;
    const tookMs = Math.round(performance.now() - started);
    if (segments > 0) logger.info({ segments, tookMs }, 'The search index was built from the database');
    if (this.muchIsUnsaved(vectors)) await this.save(vectors);
  }

  private beingRebuilt(): DomainError {
    const done = Math.floor(this.progress * 100);
    return new DomainError('not_ready', because('index_rebuilding', { percent: done }), { transient: true });
  }

  private ready(): void {
    this.state = 'ready';
    this.progress = 1;
  }

  /** @param expected how many additions are to come, for the progress shown */
  private async replay(vectors: EmbeddedVectors, expected = 0): Promise<void> {
    const { source, model } = this.options;
    const latest = await source.latestSeq();
    let applied = 0;
    while (this.seq < latest) {
      if (this.closing) throw new DomainError('cancelled', 'The program is shutting down.');
      const changes = await source.changesSince(this.seq, model.key, BATCH);
      const last = changes.at(-1);
      if (!last) break;
      await vectors.apply(changes);
      this.seq = last.seq;
      applied += changes.length;
      if (expected > 0) this.progress = Math.min(1, applied / expected);
      await nextTurn();
    }
    // Changes of other models are not told; there is no need to look at them again.
    this.seq = Math.max(this.seq, latest);
    this.unsaved += applied;
    if (this.savable && this.muchIsUnsaved(vectors)) await this.save(vectors);
  }

  private muchIsUnsaved({ counts }: EmbeddedVectors): boolean {
    return this.unsaved >= Math.max(SNAPSHOT_AFTER_CHANGES, SNAPSHOT_AFTER_SHARE * counts.segments);
  }

  /** Writes a snapshot if there is anything new. It only saves time at the next start: that it cannot be written is worth a line in the log and no more. */
  private async save(vectors: EmbeddedVectors): Promise<void> {
    try {
      await vectors.save(this.seq);
      this.unsaved = 0;
    } catch (error) {
      this.options.logger.warn({ err: error }, 'The index snapshot could not be written; the next start takes longer');
    }
  }

  private onCrash(vectors: EmbeddedVectors, error: unknown): void {
    if (this.vectors !== vectors) return;
    this.vectors = null;
    this.state = 'rebuilding';
    this.progress = 0;
    if (this.closing) return;
    this.crashes.push(Date.now());
    this.options.logger.error({ err: error }, 'The index thread ended unexpectedly; starting it again');
    if (this.recentCrashes() <= MAX_RESTARTS) this.refresh().catch(() => undefined);
  }

  private recentCrashes(): number {
    this.crashes = this.crashes.filter((time) => time > Date.now() - RESTARTS_COUNT_MS);
    return this.crashes.length;
  }
}

const isNotReady = (error: unknown): boolean => error instanceof DomainError && error.code === 'not_ready';
