import hnswlib from 'hnswlib-node';
import type { SegmentStore } from './segment.store.js';

const { HierarchicalNSW } = hnswlib;

/** Links per point and candidates while building: 24 instead of the usual 16 since audio embeddings lie in dense clumps. */
const LINKS = 24;
const BUILD_CANDIDATES = 200;
const SEED = 2026;
/** Room for more points than there are, since making room copies everything. */
const HEADROOM = 1.25;
/** Beyond this share of removed points the graph is built anew: they cost time in each search and still hold their vectors. */
const MAX_REMOVED_SHARE = 0.2;

/**
 * hnswlib's graph over the segments of a store, by segment id. Points are added in small portions, so that the thread
 * answers searches in between.
 */
export class ApproximateGraph {
  private index: InstanceType<typeof HierarchicalNSW> | null = null;
  private capacity = 0;
  private points = 0;
  private removed = 0;
  private readonly waiting = new Set<number>();

  constructor(private readonly dimension: number) {}

  /** Points that searches can reach. */
  get size(): number {
    return this.points - this.removed;
  }

  /** Segment ids that are not linked yet; searches must look at these themselves. */
  get unlinked(): ReadonlySet<number> {
    return this.waiting;
  }

  get memoryBytes(): number {
    return this.index ? this.capacity * (this.dimension * 4 + LINKS * 2 * 4 + 24) : 0;
  }

  get needsRebuild(): boolean {
    return this.removed > MAX_REMOVED_SHARE * Math.max(1, this.points);
  }

  queue(segmentIds: Iterable<number>): void {
    for (const id of segmentIds) this.waiting.add(id);
  }

  remove(segmentId: number): void {
    if (this.waiting.delete(segmentId) || !this.index) return;
    this.index.markDelete(segmentId);
    this.removed++;
  }

  /** Links waiting points for about `budgetMs`. */
  grow(store: SegmentStore, budgetMs: number): void {
    const index = this.withRoomFor(this.points + this.waiting.size);
    const until = performance.now() + budgetMs;
    for (const id of this.waiting) {
      this.waiting.delete(id);
      const vector = store.vectorOf(id);
      if (!vector) continue;
      index.addPoint(Array.from(vector), id);
      this.points++;
      if (performance.now() >= until) return;
    }
  }

  /** Ids of about the `count` nearest segments, with `effort` (≥ count) candidates looked at. */
  nearest(query: Float32Array, count: number, effort: number): number[] {
    const wanted = Math.min(count, this.size);
    if (!this.index || wanted === 0) return [];
    this.index.setEf(Math.max(effort, wanted));
    return this.index.searchKnn(Array.from(query), wanted).neighbors;
  }

  async save(file: string): Promise<void> {
    await this.index?.writeIndex(file);
  }

  /** Loads a saved graph and compares it with the store: points it lacks wait to be linked. */
  load(file: string, store: SegmentStore): void {
    const index = new HierarchicalNSW('ip', this.dimension);
    index.readIndexSync(file);
    const ids = index.getIdsList();
    const known = new Set(ids);
    this.index = index;
    this.capacity = index.getMaxElements();
    this.points = ids.length;
    this.removed = ids.reduce((sum, id) => sum + (store.has(id) ? 0 : 1), 0);
    for (const id of store.segmentIds()) if (!known.has(id)) this.waiting.add(id);
  }

  private withRoomFor(count: number): InstanceType<typeof HierarchicalNSW> {
    if (!this.index) {
      this.capacity = Math.ceil(count * HEADROOM);
      this.index = new HierarchicalNSW('ip', this.dimension);
      this.index.initIndex({
        maxElements: this.capacity,
        m: LINKS,
        efConstruction: BUILD_CANDIDATES,
        randomSeed: SEED,
      });
    } else if (count > this.capacity) {
      this.capacity = Math.ceil(count * HEADROOM);
      this.index.resizeIndex(this.capacity);
    }
    return this.index;
  }
}
