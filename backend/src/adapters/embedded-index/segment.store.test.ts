import { describe, expect, it } from 'vitest';
import { SegmentStore } from './segment.store.js';

const segment = (id: number, soundKey: number, vector: number[]) => ({
  segmentIds: Float64Array.of(id),
  soundKeys: Int32Array.of(soundKey),
  startS: Float64Array.of(id),
  endS: Float64Array.of(id + 10),
  vectors: Float32Array.from(vector),
});

describe('SegmentStore', () => {
  it('stays consistent while segments and sounds come and go in any order', () => {
    const store = new SegmentStore(2);
    const model = new Map<number, number>();
    let state = 3;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 4_294_967_296) * below);
    };
    for (let id = 1; id <= 3000; id++) {
      const soundKey = random(40);
      store.add(segment(id, soundKey, [id, soundKey]));
      model.set(id, soundKey);
      if (random(10) < 6) {
        const victims = [...model.keys()];
        const victim = victims[random(victims.length)]!;
        expect(store.remove(victim)).toBe(true);
        model.delete(victim);
      }
    }
    expect(store.segments).toBe(model.size);
    expect(store.sounds).toBe(new Set(model.values()).size);
    for (const [id, soundKey] of model) {
      expect(store.holds(id, Float32Array.of(id, soundKey))).toBe(true);
      const ordinal = store.ordinalOf(soundKey)!;
      expect(store.ordinalOfSegment(id)).toBe(ordinal);
      store.ask(Float32Array.of(1, 0));
      store.scanSound(ordinal);
      const matches = store.bestMatches(ordinal, Infinity);
      expect(matches.some(({ startS, endS }) => startS === id && endS === id + 10)).toBe(true);
    }
    const slots = Array.from({ length: store.sounds }, (_, ordinal) => store.slotsOf(ordinal).length);
    expect(slots.reduce((sum, count) => sum + count, 0)).toBe(model.size);
  });

  it('leaves a segment that it knows as it is, and one that it does not know alone', () => {
    const store = new SegmentStore(1);
    store.add(segment(1, 1, [1]));
    store.add(segment(1, 2, [2]));
    expect(store.segments).toBe(1);
    expect(store.keyOf(store.ordinalOfSegment(1)!)).toBe(1);
    expect(store.remove(2)).toBe(false);
  });
});
