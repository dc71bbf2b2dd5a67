import { describe, expect, it } from 'vitest';
import type { VectorQuery } from '../../domain/search/search.types.js';
import { IndexEngine, type ChangeBlock } from './index.engine.js';

const DIMENSION = 24;

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

const random = generator(1);

function direction(): Float32Array {
  const vector = Float32Array.from({ length: DIMENSION }, () => random() + random() + random() - 1.5);
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

/** Segments `from … from + count`, three to a sound. */
function block(from: number, count: number, removed: number[] = []): ChangeBlock {
  const vectors = new Float32Array(count * DIMENSION);
  for (let i = 0; i < count; i++) vectors.set(direction(), i * DIMENSION);
  return {
    segmentIds: Float64Array.from({ length: count }, (_, i) => from + i),
    soundKeys: Int32Array.from({ length: count }, (_, i) => Math.floor((from + i) / 3)),
    startS: Float64Array.from({ length: count }, (_, i) => ((from + i) % 3) * 5),
    endS: Float64Array.from({ length: count }, (_, i) => ((from + i) % 3) * 5 + 10),
    vectors,
    removed: Float64Array.from(removed),
  };
}

const ask = (engine: IndexEngine, vector: Float32Array, over: Partial<VectorQuery> = {}) =>
  engine.search({ vector, filter: { among: null }, limit: 10, matchesPerSound: 3, ...over });

const settle = (engine: IndexEngine): void => {
  while (engine.maintain(50));
};

describe('IndexEngine', () => {
  it('answers by the graph once it is built, and finds what an exact search finds', () => {
    const exact = new IndexEngine({ dimension: DIMENSION, exactUpTo: Infinity, helpers: 0 });
    const fast = new IndexEngine({ dimension: DIMENSION, exactUpTo: 1000, helpers: 0 });
    const all = block(0, 6000);
    exact.apply(all);
    fast.apply(all);
    expect(ask(fast, direction()).exact).toBe(true);
    settle(fast);
    let found = 0;
    for (let i = 0; i < 50; i++) {
      const query = direction();
      const wanted = ask(exact, query);
      const got = ask(fast, query);
      expect(got.exact).toBe(false);
      expect(got.total).toBe(2000);
      expect(got.background.mean).toBeCloseTo(wanted.background.mean, 1);
      expect(got.background.std / wanted.background.std).toBeCloseTo(1, 0);
      const keys = new Set(got.hits.map((hit) => hit.soundKey));
      found += wanted.hits.filter((hit) => keys.has(hit.soundKey)).length;
    }
    expect(found / 500).toBeGreaterThanOrEqual(0.99);
  });

  it('gives all moments of a sound found by the graph, best first', () => {
    const engine = new IndexEngine({ dimension: DIMENSION, exactUpTo: 1000, helpers: 0 });
    engine.apply(block(0, 3000));
    settle(engine);
    const [hit] = ask(engine, direction()).hits;
    expect(hit!.matches).toHaveLength(3);
    expect(hit!.matches[0]!.score).toBe(hit!.score);
    expect(hit!.matches[0]!.score).toBeGreaterThanOrEqual(hit!.matches[1]!.score);
  });

  it('forgets removed segments and finds added ones at once, before the graph has caught up', () => {
    const engine = new IndexEngine({ dimension: DIMENSION, exactUpTo: 1000, helpers: 0 });
    engine.apply(block(0, 3000));
    settle(engine);
    const query = direction();
    const gone = ask(engine, query).hits[0]!.soundKey;
    engine.apply(block(0, 0, [gone * 3, gone * 3 + 1, gone * 3 + 2]));
    const added = block(9000, 1);
    added.vectors.set(query);
    engine.apply(added);
    const answer = ask(engine, query);
    expect(answer.exact).toBe(false);
    expect(answer.total).toBe(1000);
    expect(answer.hits[0]).toMatchObject({ soundKey: 3000 });
    expect(answer.hits[0]!.score).toBeCloseTo(1, 5);
    expect(answer.hits.map((hit) => hit.soundKey)).not.toContain(gone);
  });

  it('builds the graph anew when much was removed, and drops it when little is left', () => {
    const engine = new IndexEngine({ dimension: DIMENSION, exactUpTo: 1000, helpers: 0 });
    engine.apply(block(0, 3000));
    settle(engine);
    engine.apply(
      block(
        0,
        0,
        Array.from({ length: 900 }, (_, i) => i),
      ),
    );
    expect(engine.maintain(0)).toBe(true);
    expect(ask(engine, direction()).exact).toBe(true);
    settle(engine);
    expect(ask(engine, direction()).exact).toBe(false);
    const before = engine.memoryBytes;
    engine.apply(
      block(
        0,
        0,
        Array.from({ length: 1500 }, (_, i) => 900 + i),
      ),
    );
    expect(engine.maintain(10)).toBe(false);
    expect(engine.memoryBytes).toBeLessThan(before);
    expect(ask(engine, direction()).exact).toBe(true);
  });

  it('looks at all allowed sounds exactly, however few', () => {
    const engine = new IndexEngine({ dimension: DIMENSION, exactUpTo: 1000, helpers: 0 });
    engine.apply(block(0, 3000));
    settle(engine);
    const answer = ask(engine, direction(), {
      filter: { among: Int32Array.from([7, 400, 999, 12_345]), except: [400] },
    });
    expect(answer.exact).toBe(true);
    expect(answer.total).toBe(2);
    expect(answer.hits.map((hit) => hit.soundKey).sort((a, b) => a - b)).toEqual([7, 999]);
    expect(answer.background.count).toBe(500);
  });

  it('returns included sounds beside the nearest, if they are allowed', () => {
    const engine = new IndexEngine({ dimension: DIMENSION, exactUpTo: 1000, helpers: 0 });
    engine.apply(block(0, 3000));
    settle(engine);
    const query = direction();
    const order = ask(engine, query, { limit: 1000 }).hits.map((hit) => hit.soundKey);
    const include = [order[0]!, order[500]!, order[900]!, 12_345];
    const except = [order[900]!];
    const keys = ask(engine, query, { limit: 3, include, filter: { among: null, except } }).hits.map(
      (hit) => hit.soundKey,
    );
    expect(keys).toEqual([...order.slice(0, 3), order[500]]);
    const among = Int32Array.from([order[5]!, order[500]!, order[700]!]);
    const left = ask(engine, query, { limit: 1, include: [order[0]!, order[700]!], filter: { among } }).hits;
    expect(left.map((hit) => hit.soundKey)).toEqual([order[5], order[700]]);
  });

  it('ranks a thousand sounds and more without gaps', () => {
    const engine = new IndexEngine({ dimension: DIMENSION, exactUpTo: 1000, helpers: 0 });
    engine.apply(block(0, 6000));
    settle(engine);
    const { hits } = ask(engine, direction(), { limit: 2000 });
    expect(new Set(hits.map((hit) => hit.soundKey)).size).toBe(2000);
  });
});
