import { describe, expect, it } from 'vitest';
import { apartFrom, cosine } from './vectors.js';

const unit = (...values: number[]): Float32Array => {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
};

describe('a vector apart from another one', () => {
  it('has less in common with it, as much of the rest, and length 1', () => {
    const [snare, drum] = [unit(1, 1, 0.2), unit(1, 0, 0)];
    const apart = apartFrom(drum, snare);
    expect(cosine(apart, apart)).toBeCloseTo(1);
    expect(cosine(apart, drum)).toBeLessThan(cosine(snare, drum));
    expect(apart[2]! / apart[1]!).toBeCloseTo(0.2);
  });

  it('is still there where both are the same', () => {
    const drum = unit(1, 0.5, 0);
    expect(cosine(apartFrom(drum, drum), drum)).toBeCloseTo(1);
  });
});
