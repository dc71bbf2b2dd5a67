import type { VectorAnswer, VectorHit, VectorQuery } from '../../domain/search/search.types.js';
import { ApproximateGraph } from './approximate.graph.js';
import { SegmentStore, type SegmentBlock } from './segment.store.js';
import { TopList } from './top-list.js';

export interface EngineOptions {
  dimension: number;
  /** Up to this many segments every search looks at all of them. */
  exactUpTo: number;
}

/** Additions and removals to apply together. Ids are never used twice, so their order does not matter. */
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
/** The share of an exact answer that the graph must find in a trial before it may answer. */
const WANTED_RECALL = 0.995;
const TRIAL_QUERIES = 48;
const TRIAL_NEIGHBOURS = 10;
const EFFORTS = [96, 192, 384, 768, 1536] as const;
/** The trial is repeated when the graph has grown by this factor. */
const TRIAL_AGAIN_AT_GROWTH = 1.5;

interface Trial {
  /** Null: even the greatest effort misses too much. */
  effort: number | null;
  size: number;
}

/**
 * Answers nearest-sound queries over one set of segments, exactly while that is fast enough and otherwise by a graph whose
 * recall was tried against exact answers first. Synchronous: runs in a thread of its own.
 */
export class IndexEngine {
  readonly store: SegmentStore;
  private graph: ApproximateGraph | null = null;
  private trial: Trial | null = null;
  private trialRun: Generator<void, Trial> | null = null;

  constructor(private readonly options: EngineOptions) {
    this.store = new SegmentStore(options.dimension);
  }

  get memoryBytes(): number {
    return this.store.memoryBytes + (this.graph?.memoryBytes ?? 0);
  }

  apply(changes: ChangeBlock): void {
    for (const id of changes.removed) {
      if (this.store.remove(id)) this.graph?.remove(id);
    }
    const fresh = changes.segmentIds.filter((id) => !this.store.has(id));
    this.store.add(changes);
    this.graph?.queue(fresh);
    // An interrupted trial would compare answers over different segments.
    this.trialRun = null;
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
    this.trialRun ??= this.tryGraph(this.graph);
    const step = this.trialRun.next();
    if (step.done !== true) return true;
    this.trial = step.value;
    this.trialRun = null;
    return false;
  }

  search(query: VectorQuery): VectorAnswer {
    this.store.ask(query.vector);
    const excluded = new Set(query.exclude);
    if (query.allow !== null) return this.searchAmong(query, query.allow, excluded);
    const total = this.store.sounds - [...excluded].filter((key) => this.store.ordinalOf(key) !== undefined).length;
    return this.searchByGraph(query, excluded, total) ?? this.searchAll(query, excluded, total);
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

  private dropGraph(): void {
    this.graph = null;
    this.trial = null;
    this.trialRun = null;
  }

  private searchAll(query: VectorQuery, excluded: Set<number>, total: number): VectorAnswer {
    const best = this.store.bestOfAll();
    const top = new TopList(query.limit);
    for (let ordinal = 0; ordinal < best.length; ordinal++) {
      const key = this.store.keyOf(ordinal);
      if (!excluded.has(key)) top.push(key, best[ordinal]!);
    }
    const others = excluded.size === 0 ? best : best.filter((_, ordinal) => !excluded.has(this.store.keyOf(ordinal)));
    return { hits: this.toHits(top, query, excluded), total, background: summary(others), exact: true };
  }

  private searchAmong(query: VectorQuery, allow: Int32Array, excluded: Set<number>): VectorAnswer {
    const top = new TopList(query.limit);
    let total = 0;
    for (const key of new Set(allow)) {
      const ordinal = this.store.ordinalOf(key);
      if (ordinal === undefined || excluded.has(key)) continue;
      total++;
      top.push(key, this.store.bestOf(ordinal));
    }
    return {
      hits: this.toHits(top, query, excluded, new Set(allow)),
      total,
      background: this.sampledBackground(),
      exact: true,
    };
  }

  /** Null when looking at everything is the better way. */
  private searchByGraph(query: VectorQuery, excluded: Set<number>, total: number): VectorAnswer | null {
    const { graph, trial } = this;
    const effort = trial?.effort ?? null;
    if (!graph || effort === null || graph.unlinked.size > MAX_UNLINKED || query.limit > MAX_APPROXIMATE_LIMIT)
      return null;
    const wanted = Math.min(query.limit, total);
    const ordinals = new Set<number>();
    for (let count = Math.max(64, wanted * 3); ; count *= 4) {
      if (count > graph.size / 4) return null;
      for (const id of graph.nearest(query.vector, count, Math.max(effort, count + (count >> 1)))) {
        const ordinal = this.store.ordinalOfSegment(id);
        if (ordinal !== undefined && !excluded.has(this.store.keyOf(ordinal))) ordinals.add(ordinal);
      }
      if (ordinals.size >= wanted) break;
    }
    for (const id of graph.unlinked) {
      const ordinal = this.store.ordinalOfSegment(id);
      if (ordinal !== undefined && !excluded.has(this.store.keyOf(ordinal))) ordinals.add(ordinal);
    }
    const top = new TopList(query.limit);
    for (const ordinal of ordinals) top.push(this.store.keyOf(ordinal), this.store.bestOf(ordinal));
    return { hits: this.toHits(top, query, excluded), total, background: this.sampledBackground(), exact: false };
  }

  private toHits(top: TopList, query: VectorQuery, excluded: Set<number>, allowed?: Set<number>): VectorHit[] {
    const nearest = top.sorted();
    const known = new Set(nearest.map(({ key }) => key));
    for (const key of query.include ?? []) {
      const ordinal = this.store.ordinalOf(key);
      if (ordinal === undefined || known.has(key) || excluded.has(key) || allowed?.has(key) === false) continue;
      known.add(key);
      nearest.push({ key, score: this.store.bestOf(ordinal) });
    }
    return nearest.sort(byScore).map(({ key, score }) => {
      const slots = this.store.slotsOf(this.store.ordinalOf(key)!);
      const matches = slots
        .map((slot) => ({
          startS: this.store.startOf(slot),
          endS: this.store.endOf(slot),
          score: this.store.score(slot),
        }))
        .sort((a, b) => b.score - a.score || a.startS - b.startS)
        .slice(0, query.matchesPerSound);
      return { soundKey: key, score, matches };
    });
  }

  /** Best scores of sounds taken at even distances from the whole library, whatever the filters. */
  private sampledBackground(): VectorAnswer['background'] {
    const { store } = this;
    const count = Math.min(BACKGROUND_SOUNDS, store.sounds);
    const best = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const slots = store.slotsOf(Math.floor((i * store.sounds) / count));
      const stride = Math.max(1, Math.ceil(slots.length / BACKGROUND_SEGMENTS_PER_SOUND));
      let most = -Infinity;
      for (let at = 0; at < slots.length; at += stride) most = Math.max(most, store.score(slots[at]!));
      best[i] = most;
    }
    return summary(best);
  }

  /**
   * Finds the least effort whose answers are as good as exact ones, a query at a time. Queries of texts lie away from all
   * sounds, where graphs find their way less well: half of the trial's queries are far from every segment.
   */
  private *tryGraph(graph: ApproximateGraph): Generator<void, Trial> {
    const ids = this.store.segmentIds().slice();
    const queries = trialQueries(this.store, ids);
    const wanted: Set<number>[] = [];
    for (const query of queries) {
      const top = new TopList(TRIAL_NEIGHBOURS);
      this.store.ask(query);
      this.store.eachScore((slot, score) => top.push(ids[slot]!, score));
      wanted.push(new Set(top.sorted().map(({ key }) => key)));
      yield;
    }
    for (const effort of EFFORTS) {
      let found = 0;
      let all = 0;
      for (const [at, query] of queries.entries()) {
        for (const id of graph.nearest(query, TRIAL_NEIGHBOURS, effort)) if (wanted[at]!.has(id)) found++;
        all += wanted[at]!.size;
      }
      yield;
      if (found >= WANTED_RECALL * all) return { effort, size: graph.size };
    }
    return { effort: null, size: graph.size };
  }
}

const byScore = (a: { key: number; score: number }, b: { key: number; score: number }): number =>
  b.score - a.score || a.key - b.key;

function summary(scores: Float64Array): VectorAnswer['background'] {
  const count = scores.length;
  if (count === 0) return { mean: 0, std: 0, count };
  let sum = 0;
  for (const score of scores) sum += score;
  const mean = sum / count;
  let squares = 0;
  for (const score of scores) squares += (score - mean) ** 2;
  return { mean, std: Math.sqrt(squares / count), count };
}

/** Half close to a segment, half far between several; always the same for the same segments. */
function trialQueries(store: SegmentStore, ids: Float64Array): Float32Array[] {
  const { dimension } = store;
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296 - 0.5;
  };
  return Array.from({ length: TRIAL_QUERIES }, (_, position) => {
    const query = new Float32Array(dimension);
    const parts = position % 2 === 0 ? 1 : 4;
    for (let part = 0; part < parts; part++) {
      const id = ids[Math.floor((random() + 0.5) * ids.length)]!;
      const weight = (parts === 1 ? 1 : random() + 0.6) / parts;
      store.vectorOf(id)!.forEach((value, i) => (query[i] = query[i]! + weight * value));
    }
    const noise = (parts === 1 ? 0.6 : 1.5) / Math.sqrt(dimension);
    for (let i = 0; i < dimension; i++) query[i] = query[i]! + noise * random() * 2;
    const norm = Math.sqrt(query.reduce((sum, value) => sum + value * value, 0));
    return query.map((value) => value / norm);
  });
}
