import { describe, expect, it } from 'vitest';
import { parseClock, ticksBetween } from './clock';

describe('times on a clock', () => {
  it('are read as they are typed', () => {
    expect(['1:02:03.5', '12:30', '75.2', ' 0:04,25 ', '90:00'].map(parseClock)).toEqual([
      3723.5, 750, 75.2, 4.25, 5400,
    ]);
    expect(['', 'soon', '1:2:3:4', '-3', '1:'].map(parseClock)).toEqual([null, null, null, null, null]);
  });

  it('are marked at round distances', () => {
    expect(ticksBetween(3, 62, 8)).toEqual({ step: 10, at: [10, 20, 30, 40, 50, 60] });
    expect(ticksBetween(0.0101, 0.0149, 5).at.map((time) => time.toFixed(3))).toEqual([
      '0.011',
      '0.012',
      '0.013',
      '0.014',
    ]);
    expect(ticksBetween(0, 3600, 8).at).toHaveLength(7);
  });
});
