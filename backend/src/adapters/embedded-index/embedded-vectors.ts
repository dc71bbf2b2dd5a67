import { demandLength } from '../../domain/search/demand-length.js';
import type { SegmentChange } from '../../domain/search/search.ports.js';
import type { Background, VectorAnswer, VectorQuery, VectorSegment } from '../../domain/search/search.types.js';
import type { Vectors } from '../../domain/search/vectors.ports.js';
import { IndexThread } from './index.thread.js';
import { pack, transferable, unpackAnswer } from './pack.js';
import type { ThreadCounts, ThreadSetup } from './protocol.js';

/**
 * Vectors in the memory of a thread of this process. They end with the thread: whoever needs them longer saves them, and fills
 * others (`EmbeddedVectorIndex`).
 */
export class EmbeddedVectors implements Vectors {
  readonly capabilities = { tellsBackground: true };
  private readonly thread: IndexThread;
  private readonly dimension: number;

  /** @param onCrash told once when the thread ends without having been closed */
  constructor(setup: ThreadSetup, onCrash: (error: unknown) => void) {
    this.dimension = setup.engine.dimension;
    this.thread = new IndexThread(setup, onCrash);
  }

  get counts(): ThreadCounts {
    return this.thread.counts;
  }

  upsert(segments: readonly VectorSegment[]): Promise<void> {
    return this.apply(segments.map((segment) => ({ seq: 0, op: 'add', ...segment })));
  }

  remove(segmentIds: readonly number[]): Promise<void> {
    return this.apply(segmentIds.map((segmentId) => ({ seq: 0, op: 'remove', segmentId })));
  }

  /** Removals and additions together; no id may occur twice. */
  async apply(changes: readonly SegmentChange[]): Promise<void> {
    for (const change of changes) if (change.op === 'add') demandLength(this.dimension, change.vector);
    const block = pack(changes, this.dimension);
    await this.thread.call('apply', block, transferable(block));
  }

  async search(query: VectorQuery): Promise<VectorAnswer> {
    demandLength(this.dimension, query.vector);
    const { filter, include } = query;
    // Numbers that are not in one piece of memory are handed over one by one.
    const packed = {
      ...query,
      filter: filter.except?.length ? { ...filter, except: Int32Array.from(filter.except) } : { among: filter.among },
      ...(include && { include: Int32Array.from(include) }),
    };
    return unpackAnswer(await this.thread.call('search', packed));
  }

  async sampleScores(vector: Float32Array): Promise<Background> {
    demandLength(this.dimension, vector);
    return this.thread.call('sample', vector);
  }

  /** Takes up the snapshot; the number of the last change in it, or null when there is none to use. */
  load(): Promise<number | null> {
    return this.thread.call('load', null);
  }

  /** Writes a snapshot that ends with this change. */
  async save(lastSeq: number): Promise<void> {
    await this.thread.call('save', { lastSeq });
  }

  /** Whether these changes have been applied. */
  agrees(changes: readonly SegmentChange[]): Promise<boolean> {
    return this.thread.call('agrees', pack(changes, this.dimension));
  }

  /** From now on changes go to an empty set beside the one that answers, until `swap`. */
  async restart(): Promise<void> {
    await this.thread.call('restart', null);
  }

  async swap(): Promise<void> {
    await this.thread.call('swap', null);
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
