import { describe, expect, it } from 'vitest';
import { fromFloat16, toFloat16 } from './float16.js';

describe('half precision', () => {
  it('survives a round trip for every bit pattern that is a number', () => {
    const words = Uint16Array.from({ length: 65_536 }, (_, i) => i).filter((word) => (word & 0x7c00) !== 0x7c00);
    expect(toFloat16(fromFloat16(words))).toEqual(words);
  });

  it('rounds to the nearest, ties to even, and overflows to infinity', () => {
    const rounded = (value: number): number => fromFloat16(toFloat16(Float32Array.of(value)))[0]!;
    expect(rounded(1 + 2 ** -11)).toBe(1);
    expect(rounded(1 + 3 * 2 ** -11)).toBe(1 + 2 ** -9);
    expect(rounded(-100.3)).toBe(-100.3125);
    expect(rounded(2 ** -25)).toBe(0);
    expect(rounded(1.5 * 2 ** -24)).toBe(2 ** -23);
    expect(rounded(65_519)).toBe(65_504);
    expect(rounded(65_520)).toBe(Infinity);
    expect(rounded(-Infinity)).toBe(-Infinity);
    expect(rounded(NaN)).toBeNaN();
  });
});
