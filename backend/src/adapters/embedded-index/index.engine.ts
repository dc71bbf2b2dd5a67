import type { Background, VectorAnswer, VectorHit, VectorQuery } from '../../domain/search/search.types.js';
import { backgroundOf } from '../../domain/search/vectors.js';
import { ApproximateGraph } from './approximate.graph.js';
import { tryGraph, type Trial } from './graph.trial.js';
import { SegmentStore, type SegmentBlock } from './segment.store.js';
import { TopList } from './top-list.js';

export interface EngineOptions {
  dimension: number;
  /** Up to this many segments every search looks at all of them. */
  exactUpTo: number;
  /** Threads beside this one that large scans are shared with. */
  helpers: number;
}

/** The background comes along: scores of all are at hand, or soon made. */
type FullAnswer = VectorAnswer & { background: Background };

/** Removals and then additions to apply together. */
export interface ChangeBlock extends SegmentBlock {
  removed: Float64Array;
}

/** Where not all are looked at anyway, scores of this many sounds tell how a query scores the library. */
const BACKGROUND_SOUNDS = 500;
const BACKGROUND_SEGMENTS_PER_SOUND = 16;
/** More sounds than this are found faster by looking at all. */
const MAX_APPROXIMATE_LIMIT = 1000;
/** While more segments than this wait to be linked, looking at all of them is as fast. */
const MAX_UNLINKED = 2000;
/** The trial is repeated when the graph has grown by this factor. */
const TRIAL_AGAIN_AT_GROWTH = 1.5;
/** From this many segments on waking other threads is worth it. */
const SHARED_FROM = 50_000;
/** A filter that leaves fewer than one in this many sounds is met faster by going from sound to sound. */
const SELECTIVE = 6;

/**
 * Answers nearest-sound queries over one set of segments, exactly while that is fast enough and otherwise by a graph whose
 * recall was tried against exact answers first. Synchronous: runs in a thread of its own.
 */
export class IndexEngine {
  private graph: ApproximateGraph | null = null;
  private trial: Trial | null = null;
  private trialRun: Generator<void, Trial> | null = null;

  constructor(
    private readonly options: EngineOptions,
    readonly store = new SegmentStore(options.dimension),
  ) {
    this.helpIfLarge();
  }

  get memoryBytes(): number {
    return this.store.memoryBytes + (this.graph?.memoryBytes ?? 0);
  }

  apply(changes: ChangeBlock): void {
    for (const id of changes.removed) this.remove(id);
    // What is there already with another vector, or of another sound, makes room for what it is now.
    for (const [at, id] of changes.segmentIds.entries()) {
      if (this.store.has(id) && !this.holds(changes, at)) this.remove(id);
    }
    const fresh = changes.segmentIds.filter((id) => !this.store.has(id));
    this.store.add(changes);
    this.graph?.queue(fresh);
    // An interrupted trial would compare answers over different segments.
    this.trialRun = null;
    this.helpIfLarge();
  }

  /**
   * Does a little of what is left to do for the graph; true when there is more.
   * @param budgetMs about how long this may take
   */
  maintain(budgetMs: number): boolean {
    if (this.store.segments <= this.options.exactUpTo) {
      this.dropGraph();
      return false;
    }
    if (this.graph?.needsRebuild) this.dropGraph();
    if (!this.graph) {
      this.graph = new ApproximateGraph(this.options.dimension);
      this.graph.queue(this.store.segmentIds());
    }
    if (this.graph.unlinked.size > 0) {
      this.graph.grow(this.store, budgetMs);
      return true;
    }
    if (this.trial && this.graph.size < this.trial.size * TRIAL_AGAIN_AT_GROWTH) return false;
    this.trialRun ??= tryGraph(this.graph, this.store);
    const step = this.trialRun.next();
    if (step.done !== true) return true;
    this.trial = step.value;
    this.trialRun = null;
    return false;
  }

  search(query: VectorQuery): FullAnswer {
    const { store } = this;
    store.ask(query.vector);
    const { among, except = [] } = query.filter;
    const excluded = new Set<number>();
    for (const key of except) {
      const ordinal = store.ordinalOf(key);
      if (ordinal !== undefined) excluded.add(ordinal);
    }
    if (among !== null) return this.searchAmong(query, among, excluded);
    const total = store.sounds - excluded.size;
    const byGraph = this.searchByGraph(query, excluded, total);
    if (byGraph) return byGraph;
    const scores = store.scan();
    for (const ordinal of excluded) scores[ordinal] = -Infinity;
    const top = this.nearest(query.limit, scores, null);
    return {
      hits: this.toHits(top, query, (at) => !excluded.has(at)),
      total,
      background: backgroundOf(scores),
      exact: true,
    };
  }

  /** How the vector scores sounds taken at even distances from the whole library. */
  sampleScores(vector: Float32Array): Background {
    this.store.ask(vector);
    return this.sampledBackground();
  }

  /** For a snapshot; null while there is no finished graph. */
  finishedGraph(): { graph: ApproximateGraph; trial: Trial } | null {
    return this.graph && this.trial && this.graph.unlinked.size === 0 ? { graph: this.graph, trial: this.trial } : null;
  }

  /** Takes over a saved graph instead of building one. */
  adoptGraph(file: string, trial: Trial): void {
    const graph = new ApproximateGraph(this.options.dimension);
    graph.load(file, this.store);
    this.graph = graph;
    this.trial = trial;
  }

  /** Ends what runs beside this thread. */
  close(): void {
    this.store.close();
  }

  /** Whether the segment at this place of the block is known just so. */
  holds(block: SegmentBlock, at: number): boolean {
    const { store } = this;
    const { dimension } = this.options;
    const id = block.segmentIds[at]!;
    const ordinal = store.ordinalOfSegment(id);
    if (ordinal === undefined || store.keyOf(ordinal) !== block.soundKeys[at]) return false;
    return store.holds(id, block.vectors.subarray(at * dimension, (at + 1) * dimension));
  }

  private remove(segmentId: number): void {
    if (this.store.remove(segmentId)) this.graph?.remove(segmentId);
  }

  private helpIfLarge(): void {
    if (this.store.segments >= SHARED_FROM) this.store.help(this.options.helpers);
  }

  private dropGraph(): void {
    this.graph = null;
    this.trial = null;
    this.trialRun = null;
  }

  /** Exact at every size: few sounds are looked at one by one, many in one pass as if there were no filter. */
  private searchAmong(query: VectorQuery, among: Int32Array, excluded: ReadonlySet<number>): FullAnswer {
    const { store } = this;
    const { mask, count } = store.maskOf(among);
    let total = count;
    for (const ordinal of excluded) {
      total -= mask[ordinal]!;
      mask[ordinal] = 0;
    }
    let top: TopList;
    const isSelective = total * SELECTIVE < store.sounds;
    if (isSelective) {
      const ordinals = ones(mask, total);
      const scores = new Float32Array(ordinals.length);
      for (let at = 0; at < scores.length; at++) scores[at] = store.scanSound(ordinals[at]!);
      top = this.nearest(query.limit, scores, ordinals);
    } else {
      const scores = store.scan();
      for (let at = 0; at < scores.length; at++) if (mask[at] === 0) scores[at] = -Infinity;
      top = this.nearest(query.limit, scores, null);
    }
    const hits = this.toHits(top, query, (ordinal) => mask[ordinal] === 1);
    return { hits, total, background: this.sampledBackground(!isSelective), exact: true };
  }

  /**
   * The best by exact scores, of all whose rough score does not rule that out.
   * @param scores rough ones; −∞ for what is not meant
   * @param ordinals whose scores these are; null: by ordinal
   */
  private nearest(limit: number, scores: Float32Array, ordinals: Int32Array | null): TopList {
    const roughly = new TopList(limit);
    let worst = roughly.worst();
    for (let at = 0; at < scores.length; at++) {
      if (!(scores[at]! > worst)) continue;
      roughly.push(at, scores[at]!);
      worst = roughly.worst();
    }
    const least = Math.max(worst - 2 * this.store.tolerance, -Number.MAX_VALUE);
    const top = new TopList(limit);
    for (let at = 0; at < scores.length; at++) {
      if (scores[at]! < least) continue;
      const ordinal = ordinals ? ordinals[at]! : at;
      top.push(this.store.keyOf(ordinal), this.store.bestOf(ordinal));
    }
    return top;
  }

  /** Null when looking at everything is the better way. */
  private searchByGraph(query: VectorQuery, excluded: ReadonlySet<number>, total: number): FullAnswer | null {
    const { graph, trial, store } = this;
    const effort = trial?.effort ?? null;
    if (!graph || effort === null || graph.unlinked.size > MAX_UNLINKED || query.limit > MAX_APPROXIMATE_LIMIT)
      return null;
    const wanted = Math.min(query.limit, total);
    const ordinals = new Set<number>();
    const consider = (ids: Iterable<number>): void => {
      for (const id of ids) {
        const ordinal = store.ordinalOfSegment(id);
        if (ordinal !== undefined && !excluded.has(ordinal)) ordinals.add(ordinal);
      }
    };
    for (let count = Math.max(64, wanted * 3); ; count *= 4) {
      if (count > graph.size / 4) return null;
      consider(graph.nearest(query.vector, count, Math.max(effort, count + (count >> 1))));
      if (ordinals.size >= wanted) break;
    }
    consider(graph.unlinked);
    const found = Int32Array.from(ordinals);
    const scores = Float32Array.from(found, (ordinal) => store.scanSound(ordinal));
    const hits = this.toHits(this.nearest(query.limit, scores, found), query, (ordinal) => !excluded.has(ordinal));
    return { hits, total, background: this.sampledBackground(), exact: false };
  }

  private toHits(top: TopList, query: VectorQuery, allowed: (ordinal: number) => boolean): VectorHit[] {
    const { store } = this;
    const nearest = top.sorted();
    const known = new Set(nearest.map(({ key }) => key));
    for (const key of query.include ?? []) {
      const ordinal = store.ordinalOf(key);
      if (ordinal === undefined || known.has(key) || !allowed(ordinal)) continue;
      known.add(key);
      store.scanSound(ordinal);
      nearest.push({ key, score: store.bestOf(ordinal) });
    }
    return nearest.sort(byScore).map(({ key, score }) => ({
      soundKey: key,
      score,
      matches: store.bestMatches(store.ordinalOf(key)!, query.matchesPerSound),
    }));
  }

  /**
   * Best scores of sounds taken at even distances from the whole library, whatever the filters.
   * @param scanned all were compared with this query already
   */
  private sampledBackground(scanned = false): Background {
    const { store } = this;
    const count = Math.min(BACKGROUND_SOUNDS, store.sounds);
    const best = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const slots = store.slotsOf(Math.floor((i * store.sounds) / count));
      const stride = Math.max(1, Math.ceil(slots.length / BACKGROUND_SEGMENTS_PER_SOUND));
      let most = -Infinity;
      for (let at = 0; at < slots.length; at += stride) {
        const slot = slots[at]!;
        most = Math.max(most, scanned ? store.roughSlot(slot) : store.scanSlot(slot));
      }
      best[i] = most;
    }
    return backgroundOf(best);
  }
}

const byScore = (a: { key: number; score: number }, b: { key: number; score: number }): number =>
  b.score - a.score || a.key - b.key;

/** Where the ones are, of which there are `count`. */
function ones(mask: Uint8Array, count: number): Int32Array {
  const places = new Int32Array(count);
  for (let found = 0, at = 0; found < count; at++) if (mask[at] === 1) places[found++] = at;
  return places;
}
