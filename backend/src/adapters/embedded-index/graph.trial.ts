import type { ApproximateGraph } from './approximate.graph.js';
import type { SegmentStore } from './segment.store.js';

/** The share of an exact answer that the graph must find in a trial before it may answer. */
const WANTED_RECALL = 0.995;
const TRIAL_QUERIES = 48;
const TRIAL_NEIGHBOURS = 10;
const EFFORTS = [96, 192, 384, 768, 1536] as const;

export interface Trial {
  /** Null: even the greatest effort misses too much. */
  effort: number | null;
  size: number;
}

/**
 * Finds the least effort whose answers are as good as exact ones, a query at a time. Queries of texts lie away from all
 * sounds, where graphs find their way less well: half of the trial's queries are far from every segment.
 */
export function* tryGraph(graph: ApproximateGraph, store: SegmentStore): Generator<void, Trial> {
  const queries = trialQueries(store, store.segmentIds().slice());
  const wanted: Set<number>[] = [];
  for (const query of queries) {
    store.ask(query);
    wanted.push(new Set(store.nearestSegments(TRIAL_NEIGHBOURS)));
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
