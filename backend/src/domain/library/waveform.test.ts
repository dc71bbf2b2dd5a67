import { describe, expect, it } from 'vitest';
import { overview } from './waveform.js';

const peaks = (...pairs: [min: number, max: number][]) => ({ bucketS: 0.5, minMax: Int8Array.from(pairs.flat()) });

describe('overview', () => {
  it('keeps the extremes of the buckets it merges', () => {
    const stored = peaks([0, 10], [-127, 0], [-5, 127], [0, 0], [-1, 1]);
    const { points, min, max } = overview(stored, 2, 2.5);
    expect([points, min[0], max[1]]).toEqual([2, -1, 1]);
    expect(min).toHaveLength(2);
  });

  it('gives short sounds as they are stored', () => {
    expect(overview(peaks([-127, 127], [0, 64]), 800, 0.8)).toEqual({
      durationS: 0.8,
      points: 2,
      min: [-1, 0],
      max: [1, 0.504],
    });
  });

  it('knows the length from the buckets when nothing else tells it', () => {
    expect(overview(peaks([0, 0], [0, 0], [0, 0]), 16, null).durationS).toBe(1.5);
  });

  it('has no point for a sound without samples', () => {
    expect(overview(peaks(), 16, 0)).toEqual({ durationS: 0, points: 0, min: [], max: [] });
  });
});
