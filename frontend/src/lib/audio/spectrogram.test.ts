import { describe, expect, it } from 'vitest';
import { heightOf, palette } from './spectrogram';

describe('the picture of a spectrogram', () => {
  it('has 14 kHz at the top, 50 Hz at the bottom, and 1 kHz well below the middle', () => {
    expect(heightOf(14_000)).toBe(0);
    expect(heightOf(50)).toBe(1);
    expect(heightOf(1000)).toBeCloseTo(0.729, 2);
  });

  it('goes evenly through the colours of the theme', () => {
    const colours = palette([
      [0, 0, 0],
      [100, 50, 0],
      [200, 200, 200],
    ]);
    expect([...colours.subarray(0, 4)]).toEqual([0, 0, 0, 255]);
    expect([...colours.subarray(255 * 4)]).toEqual([200, 200, 200, 255]);
    expect(colours[127 * 4]).toBeCloseTo(100, -1);
  });
});
