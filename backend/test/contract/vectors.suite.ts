import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VectorQuery, VectorSegment } from '../../src/domain/search/search.types.js';
import type { Vectors } from '../../src/domain/search/vectors.ports.js';
import { gaussian, seeded, unit } from './fixtures.js';

/** An engine for vectors of a model, empty for each test. */
export interface VectorEngine {
  name: string;
  open(dimension: number): Promise<{
    vectors: Vectors;
    /** Makes sounds and segments known to whatever the engine leans on; before they are added. */
    prepare?(segments: readonly VectorSegment[]): Promise<void>;
    /** Ends when searches go the way that they go in large libraries. */
    settle?(): Promise<void>;
    close(): Promise<void>;
  }>;
}

const DIMENSION = 32;
const SOUNDS = 900;

/** What every `Vectors` does. */
export function vectorsSuite(engine: VectorEngine): void {
  describe(`vectors: ${engine.name}`, () => {
    let opened: Awaited<ReturnType<VectorEngine['open']>>;
    let vectors: Vectors;
    let random: () => number;
    let known: Map<number, VectorSegment>;

    beforeEach(async () => {
      random = seeded(7);
      known = new Map();
      opened = await engine.open(DIMENSION);
      ({ vectors } = opened);
    });
    afterEach(() => opened.close());

    const centres = Array.from({ length: 20 }, (_, seed) => {
      const own = seeded(seed + 1);
      return Array.from({ length: DIMENSION }, () => gaussian(own));
    });
    /** In clumps, as embeddings of sounds are. */
    const vector = (): Float32Array =>
      unit(centres[Math.floor(random() * centres.length)]!.map((value) => value + 0.7 * gaussian(random)));

    /** The `n`th window of a sound. */
    const segment = (segmentId: number, soundKey: number, n: number, at = vector()): VectorSegment => ({
      segmentId,
      soundKey,
      startS: n * 5,
      endS: n * 5 + 10,
      vector: at,
    });
    const upsert = async (segments: readonly VectorSegment[]): Promise<void> => {
      await opened.prepare?.(segments);
      await vectors.upsert(segments);
      for (const one of segments) known.set(one.segmentId, one);
    };
    const remove = async (ids: readonly number[]): Promise<void> => {
      await vectors.remove(ids);
      for (const id of ids) known.delete(id);
    };
    /** Sounds from 1 on with one to three windows each. */
    const fill = async (sounds = SOUNDS): Promise<void> => {
      const all: VectorSegment[] = [];
      for (let key = 1; key <= sounds; key++) {
        for (let n = 0; n < 1 + (key % 3); n++) all.push(segment(all.length + 1, key, n));
      }
      await upsert(all);
      await opened.settle?.();
    };
    const query = (over: Partial<VectorQuery> = {}): VectorQuery => ({
      vector: vector(),
      filter: { among: null },
      limit: 10,
      matchesPerSound: 5,
      ...over,
    });
    /** Counted out in the plainest way. */
    const expected = ({ vector: wanted, limit, filter: { among, except = [] } }: VectorQuery) => {
      const best = new Map<number, number>();
      for (const { soundKey, vector: own } of known.values()) {
        if ((among && !among.includes(soundKey)) || except.includes(soundKey)) continue;
        const score = own.reduce((sum, value, i) => sum + value * wanted[i]!, 0);
        best.set(soundKey, Math.max(best.get(soundKey) ?? -1, score));
      }
      const sorted = [...best].sort(([, a], [, b]) => b - a);
      return sorted.slice(0, limit).map(([soundKey, score]) => ({ soundKey, score }));
    };
    const keysOf = async (asked: VectorQuery): Promise<number[]> =>
      (await vectors.search(asked)).hits.map(({ soundKey }) => soundKey);

    it('finds each sound once, the nearest first, with its best moments', async () => {
      await fill();
      let found = 0;
      for (let i = 0; i < 40; i++) {
        const asked = query();
        const { hits, total } = await vectors.search(asked);
        const wanted = expected(asked).map(({ soundKey }) => soundKey);
        found += hits.filter(({ soundKey }) => wanted.includes(soundKey)).length;
        expect(new Set(hits.map(({ soundKey }) => soundKey)).size).toBe(10);
        expect(total).toBe(SOUNDS);
        expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((a, b) => b - a));
        for (const { soundKey, score, matches } of hits) {
          expect(matches).toHaveLength(1 + (soundKey % 3));
          expect(matches[0]!.score).toBe(score);
          for (const match of matches) {
            const own = [...known.values()].find((one) => one.soundKey === soundKey && one.startS === match.startS)!;
            expect(match.endS).toBe(own.endS);
            expect(match.score).toBeCloseTo(
              own.vector.reduce((sum, value, at) => sum + value * asked.vector[at]!, 0),
              2,
            );
          }
        }
      }
      expect(found / 400).toBeGreaterThanOrEqual(0.99);
      expect((await vectors.search(query({ matchesPerSound: 1 }))).hits[0]!.matches).toHaveLength(1);
    });

    it('meets filters exactly, however few sounds they leave', async () => {
      await fill();
      for (const step of [1, 3, 10, 100, 300, 900]) {
        const among = Int32Array.from({ length: SOUNDS / step }, (_, i) => 1 + i * step);
        let [found, wanted] = [0, 0];
        for (let i = 0; i < 10; i++) {
          const asked = query({ filter: { among, except: [1] } });
          const { hits, total } = await vectors.search(asked);
          const right = expected(asked).map(({ soundKey }) => soundKey);
          expect(hits).toHaveLength(right.length);
          expect(hits.every(({ soundKey }) => soundKey !== 1 && among.includes(soundKey))).toBe(true);
          expect(total).toBe(among.length - 1);
          found += hits.filter(({ soundKey }) => right.includes(soundKey)).length;
          wanted += right.length;
        }
        expect(found).toBeGreaterThanOrEqual(0.99 * wanted);
      }
      expect(await keysOf(query({ filter: { among: new Int32Array(0) } }))).toEqual([]);
      expect(await keysOf(query({ filter: { among: Int32Array.of(4, 77_777) } }))).toEqual([4]);
    });

    it('leaves out what is excepted, and tells of what is asked for by name in any case', async () => {
      await fill(60);
      const asked = query({ limit: 5 });
      const [first, ...others] = await keysOf(asked);
      const filter = { among: null, except: [first!] };
      expect((await keysOf({ ...asked, filter })).slice(0, 4)).toEqual(others);
      const last = expected({ ...asked, limit: 60 }).at(-1)!.soundKey;
      expect(await keysOf({ ...asked, include: [last, first!] })).toEqual([first, ...others, last]);
      expect(await keysOf({ ...asked, filter, include: [first!] })).not.toContain(first);
      const among = Int32Array.of(first!);
      expect(await keysOf({ ...asked, filter: { among }, include: [last] })).toEqual([first]);
    });

    it('puts a segment that comes again in place of what it was', async () => {
      await fill(60);
      const there = unit(Array.from({ length: DIMENSION }, (_, i) => (i === 0 ? 1 : 0)));
      const elsewhere = unit(Array.from({ length: DIMENSION }, (_, i) => (i === 1 ? 1 : 0)));
      await upsert([segment(5000, 500, 0, there)]);
      await upsert([segment(5000, 500, 0, there)]);
      const asked = query({ vector: there, limit: 60 });
      const [nearest] = (await vectors.search(asked)).hits;
      expect(nearest).toMatchObject({ soundKey: 500, matches: [{ startS: 0, endS: 10 }] });
      expect(nearest!.score).toBeCloseTo(1, 3);
      await upsert([segment(5000, 500, 3, elsewhere)]);
      const { hits, total } = await vectors.search({ ...asked, vector: elsewhere });
      expect(hits[0]).toMatchObject({ soundKey: 500, matches: [{ startS: 15, endS: 25 }] });
      expect(total).toBe(61);
      expect((await vectors.search({ ...asked, limit: 1 })).hits[0]!.score).toBeLessThan(0.99);
    });

    it('finds no more what was removed, window by window', async () => {
      await fill(60);
      await upsert([segment(5000, 500, 0), segment(5001, 500, 1)]);
      await remove([5000, 999_999]);
      const all = query({ limit: 100 });
      const own = (await vectors.search(all)).hits.find(({ soundKey }) => soundKey === 500)!;
      expect(own.matches.map(({ startS }) => startS)).toEqual([5]);
      await remove([5001]);
      await remove([5001]);
      const { hits, total } = await vectors.search({ ...all, include: [500] });
      expect(hits.map(({ soundKey }) => soundKey)).not.toContain(500);
      expect(total).toBe(60);
      await upsert([segment(5001, 500, 1)]);
      expect(await keysOf(all)).toContain(500);
    });

    it('tells how a vector scores the library', async () => {
      expect(await vectors.sampleScores(vector())).toEqual({ mean: 0, std: 0, count: 0 });
      await fill();
      const asked = query();
      const told = await vectors.sampleScores(asked.vector);
      const scores = expected({ ...asked, limit: SOUNDS }).map(({ score }) => score);
      const mean = scores.reduce((sum, score) => sum + score, 0) / SOUNDS;
      const std = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / SOUNDS);
      expect(told.count).toBeGreaterThanOrEqual(300);
      expect(Math.abs(told.mean - mean)).toBeLessThan(0.25 * std);
      expect(Math.abs(told.std / std - 1)).toBeLessThan(0.25);
      const { background } = await vectors.search(asked);
      expect(background !== null).toBe(vectors.capabilities.tellsBackground);
      if (background) expect(Math.abs(background.mean - mean)).toBeLessThan(0.25 * std);
    });

    it('answers from nothing with nothing, and refuses vectors of another length', async () => {
      expect(await vectors.search(query())).toMatchObject({ hits: [], total: 0 });
      await fill(5);
      const wrong = new Float32Array(3).fill(0.5);
      await expect(vectors.search(query({ vector: wrong }))).rejects.toMatchObject({ code: 'invalid_input' });
      await expect(vectors.sampleScores(wrong)).rejects.toMatchObject({ code: 'invalid_input' });
      const bad = [segment(5000, 500, 0), segment(5001, 501, 0, wrong)];
      await opened.prepare?.(bad);
      await expect(vectors.upsert(bad)).rejects.toMatchObject({ code: 'invalid_input' });
      expect(await keysOf(query({ limit: 100 }))).toHaveLength(5);
      await vectors.upsert([]);
      await vectors.remove([]);
      expect(await keysOf(query({ limit: 3 }))).toHaveLength(3);
    });

    it('answers whole while segments come and go', async () => {
      await fill(300);
      const coming = Array.from({ length: 200 }, (_, i) => segment(10_000 + i, 1000 + i, 0));
      await opened.prepare?.(coming);
      const stable = Int32Array.from({ length: 300 }, (_, i) => i + 1);
      const asked = query({ filter: { among: stable } });
      const wanted = await keysOf(asked);
      const work = (async () => {
        for (let at = 0; at < coming.length; at += 20) await upsert(coming.slice(at, at + 20));
        await remove(coming.map(({ segmentId }) => segmentId));
      })();
      for (let i = 0; i < 20; i++) expect(await keysOf(asked)).toEqual(wanted);
      await work;
      expect((await vectors.search(query())).total).toBe(300);
    });
  });
}
