import { describe, expect, it } from 'vitest';
import { momentsOf } from './moments.js';

const window = (startS: number, score: number) => ({ startS, endS: startS + 10, score });

describe('moments', () => {
  it('joins windows that overlap or touch when both stand out', () => {
    expect(momentsOf([window(10, 0.5), window(5, 0.45), window(20, 0.48)], 0.1)).toEqual([
      { startS: 5, endS: 30, score: 0.5 },
    ]);
  });

  it('leaves weak windows out, but never the best', () => {
    expect(momentsOf([window(0, 0.4), window(5, 0.2)], 0.1)).toEqual([{ startS: 0, endS: 10, score: 0.4 }]);
    expect(momentsOf([window(0, -0.2), window(5, -0.4)], 0.1)).toEqual([{ startS: 0, endS: 10, score: -0.2 }]);
  });

  it('keeps moments apart, best first, at most five', () => {
    const windows = Array.from({ length: 8 }, (_, i) => window(i * 30, 0.5 + i * 0.01));
    const moments = momentsOf(windows, 0.1);
    expect(moments.map((moment) => moment.startS)).toEqual([210, 180, 150, 120, 90]);
  });
});
