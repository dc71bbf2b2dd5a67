import { describe, expect, it } from 'vitest';
import { linePath, niceCeiling } from './scale';

describe('an axis', () => {
  it.each([
    [0, 1],
    [0.3, 0.5],
    [1, 1],
    [1.2, 2],
    [47, 50],
    [730, 1000],
  ])('that must hold %d ends at %d', (value, end) => {
    expect(niceCeiling(value)).toBeCloseTo(end, 9);
  });
});

describe('a line', () => {
  it('is broken where there is no value', () => {
    const y = [1, 2, null, 4, null];
    expect(linePath(y.map((value, x) => ({ x, y: value })))).toBe('M0 1L1 2M3 4h2');
  });

  it('without any value is nothing', () => {
    expect(linePath([{ x: 0, y: null }])).toBe('');
  });
});
