import type pg from 'pg';
import { DomainError } from '../../../../domain/errors.js';
import type { Log } from '../../../../domain/log.js';
import { because } from '../../../../domain/reasons.js';
import type { SegmentSource } from '../../../../domain/search/search.ports.js';
import type { Background, IndexStatus, VectorAnswer, VectorQuery } from '../../../../domain/search/search.types.js';
import type { VectorIndex } from '../../../../domain/search/vectors.ports.js';
import { Connections } from './connections.js';
import { applyChanges, PgVectors, type SetInUse } from './pg-vectors.js';
import {
  dropTables,
  graphState,
  makeGraph,
  makeTables,
  openSet,
  prepareSets,
  readSet,
  soundsOf,
  sweepSets,
  writeSet,
  type VectorSet,
} from './sets.js';

export interface PgIndexOptions {
  pool: pg.Pool;
  source: SegmentSource;
  model: { key: string; dimension: number };
  logger: Log;
  /** So many segments are compared one by one, whatever there is. */
  exactUpTo?: number;
}

/** Comparing so many takes some 30 ms; below that no graph is worth its misses. */
const EXACT_UP_TO = 20_000;
/** Changes applied in one transaction: the others wait for it. */
const BATCH = 500;
/** After the graph could not be made. */
const PAUSE_MS = 10 * 60_000;
const NO_TABLE = '42P01';

/**
 * Vectors in PostgreSQL as the library's tables say: one set for each model, followed by whichever API process looks first. No
 * process holds vectors in its memory.
 */
export class PgVectorIndex implements VectorIndex {
  readonly capabilities = { tellsBackground: false };
  private readonly connections: Connections;
  private readonly vectors: PgVectors;
  private readonly exactUpTo: number;
  private set: VectorSet | null = null;
  private graph = false;
  private state: IndexStatus['state'] = 'loading';
  private progress = 0;
  private counts = { segments: 0, sounds: 0 };
  private closing = false;
  /** Everything that changes the set from here, one after the other. */
  private order: Promise<void> = Promise.resolve();
  private queuedRefresh: Promise<void> | null = null;
  private growAgainAt = 0;
  private growing: { backend: number; done: Promise<void> } | null = null;

  constructor(private readonly options: PgIndexOptions) {
    this.connections = new Connections(options.pool);
    this.exactUpTo = options.exactUpTo ?? EXACT_UP_TO;
    this.vectors = new PgVectors(this.connections, () => this.inUse(), this.exactUpTo);
  }

  /** @throws DomainError `conflict` where pgvector is missing or too old, saying what to do */
  static async prepare(pool: pg.Pool): Promise<void> {
    await new Connections(pool).with(prepareSets);
  }

  /** Removes what is kept of other models than these. */
  static async sweep(pool: pg.Pool, keep: readonly string[]): Promise<void> {
    await new Connections(pool).transact((client) => sweepSets(client, keep));
  }

  /** Ends when the graph is there, too: a set that is put in the place of another answers as fast from the start. */
  async open(): Promise<void> {
    await this.inOrder(() => this.follow());
    await this.growing?.done;
  }

  refresh(): Promise<void> {
    this.queuedRefresh ??= this.inOrder(() => {
      this.queuedRefresh = null;
      return this.follow();
    });
    return this.queuedRefresh;
  }

  /** Beside the set that answers, and then in its place. */
  rebuild(): Promise<void> {
    return this.inOrder(async () => {
      await this.follow();
      const { key, dimension } = this.options.model;
      this.state = 'rebuilding';
      this.progress = 0;
      const number = await this.connections.transact((client) => makeTables(client, dimension));
      const fresh: VectorSet = { number, dimension, seq: 0, filled: true };
      try {
        await this.catchUp(fresh);
        if (this.counts.segments > this.exactUpTo) {
          await this.connections.with((client) => makeGraph(client, fresh), true);
        }
        await this.connections.transact(async (client) => {
          const old = await readSet(client, key, true);
          await this.catchUp(fresh, client);
          await writeSet(client, key, fresh);
          if (old) await dropTables(client, old);
        });
      } catch (error) {
        await this.connections.transact((client) => dropTables(client, fresh)).catch(() => undefined);
        throw error;
      } finally {
        this.state = 'ready';
        this.progress = 1;
      }
      await this.follow();
    });
  }

  search(query: VectorQuery): Promise<VectorAnswer> {
    return this.asking(() => this.vectors.search(query));
  }

  sampleScores(vector: Float32Array): Promise<Background> {
    return this.asking(() => this.vectors.sampleScores(vector));
  }

  status(): IndexStatus {
    const { state, progress, counts, set } = this;
    return { state, progress, modelKey: this.options.model.key, seq: set?.seq ?? 0, memoryBytes: 0, ...counts };
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.order.catch(() => undefined);
    const { growing } = this;
    if (!growing) return;
    // What is left of the graph is made anew at the next start.
    await this.connections
      .with((client) => client.query('SELECT pg_cancel_backend($1)', [growing.backend]))
      .catch(() => undefined);
    await growing.done;
  }

  private inUse(): SetInUse {
    const { set } = this;
    if (!set) throw new DomainError('not_ready', because('index_not_open'), { transient: true });
    if (!set.filled) {
      const percent = Math.floor(this.progress * 100);
      throw new DomainError('not_ready', because('index_rebuilding', { percent }), { transient: true });
    }
    return { ...set, graph: this.graph };
  }

  /** Another process may have put a new set in the place of this one: then that one is asked. */
  private async asking<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (!this.set) await this.refresh();
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: unknown }).code !== NO_TABLE) throw error;
      await this.refresh();
      return ask();
    }
  }

  private inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.order
      .catch(() => undefined)
      .then(() => {
        if (this.closing) throw new DomainError('cancelled', 'The program is shutting down.');
        return work();
      });
    this.order = done;
    done.catch(() => undefined);
    return done;
  }

  /** Applies what is newer, unless another process has. */
  private async follow(): Promise<void> {
    const { source, model } = this.options;
    const before = this.set;
    if (!before) await PgVectorIndex.prepare(this.options.pool);
    const known = before ? await this.connections.with((client) => readSet(client, model.key)) : null;
    let set = known ?? (await this.connections.transact((client) => openSet(client, model.key, model.dimension)));
    this.set = set;
    const latest = await source.latestSeq();
    while (!set.filled || set.seq < latest) {
      if (this.closing) throw new DomainError('cancelled', 'The program is shutting down.');
      if (!set.filled) this.state = 'rebuilding';
      set = await this.step(latest, set);
      this.set = set;
      this.progress = latest > 0 ? Math.min(1, set.seq / latest) : 1;
    }
    if (set.seq !== before?.seq || set.number !== before.number || !this.graph) await this.look(set);
    this.state = 'ready';
    this.progress = 1;
  }

  private step(latest: number, known: VectorSet): Promise<VectorSet> {
    const { source, model } = this.options;
    return this.connections.transact(async (client) => {
      const set = (await readSet(client, model.key, true)) ?? known;
      if (set.filled && set.seq >= latest) return set;
      const changes = await source.changesSince(set.seq, model.key, BATCH);
      await applyChanges(client, { ...set, graph: false }, changes);
      // Changes of other models are not told: after the last one there is nothing more up to the latest.
      const seq = changes.length < BATCH ? Math.max(set.seq, latest, changes.at(-1)?.seq ?? 0) : changes.at(-1)!.seq;
      const stepped = { ...set, seq, filled: set.filled || changes.length < BATCH };
      await writeSet(client, model.key, stepped);
      return stepped;
    });
  }

  /** @param client of a transaction that all is to be part of */
  private async catchUp(fresh: VectorSet, client?: pg.ClientBase): Promise<void> {
    const { source, model } = this.options;
    const latest = await source.latestSeq();
    while (fresh.seq < latest) {
      if (this.closing) throw new DomainError('cancelled', 'The program is shutting down.');
      const changes = await source.changesSince(fresh.seq, model.key, BATCH);
      const apply = (over: pg.ClientBase): Promise<void> => applyChanges(over, { ...fresh, graph: false }, changes);
      await (client ? apply(client) : this.connections.transact(apply));
      fresh.seq = changes.length < BATCH ? latest : changes.at(-1)!.seq;
      this.progress = fresh.seq / latest;
    }
  }

  /** How much there is, and whether it is time for a graph. */
  private async look(set: VectorSet): Promise<void> {
    await this.connections.with(async (client) => {
      const { rows } = await client.query<{ sounds: number; segments: number }>(
        `SELECT count(*) AS sounds, coalesce(sum(segments), 0) AS segments FROM ${soundsOf(set)}`,
      );
      this.counts = rows[0]!;
      this.graph = (await graphState(client, set)) === 'ready';
    });
    const isDue = this.counts.segments > this.exactUpTo && Date.now() >= this.growAgainAt;
    if (!this.graph && isDue && !this.growing && !this.closing) this.grow(set);
  }

  /** Searches compare all segments meanwhile. */
  private grow(set: VectorSet): void {
    const growing = { backend: 0, done: Promise.resolve() };
    growing.done = this.connections
      .with(async (client) => {
        const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        growing.backend = rows[0]!.pid;
        await makeGraph(client, set);
        this.graph = (await graphState(client, set)) === 'ready' && this.set?.number === set.number;
      }, true)
      .catch((error: unknown) => {
        if (this.closing) return;
        this.growAgainAt = Date.now() + PAUSE_MS;
        this.options.logger.warn(
          { err: error },
          'The graph of the vectors could not be made; searches compare all of them until it can',
        );
      })
      .finally(() => (this.growing = null));
    this.growing = growing;
  }
}
