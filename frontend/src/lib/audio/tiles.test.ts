import { describe, expect, it } from 'vitest';
import { levelFor, tilesOf } from './tiles';

describe('tiles of a spectrogram', () => {
  it('are as coarse as the screen allows', () => {
    expect(levelFor(7200, 1200)).toBe(2);
    expect(levelFor(600, 1200)).toBe(2);
    expect(levelFor(200, 1200)).toBe(1);
    expect(levelFor(90, 1200)).toBe(0);
    expect(levelFor(1, 1200)).toBe(0);
  });

  it('cover what is seen and no more', () => {
    expect(tilesOf(2, 0, 7200)).toHaveLength(57);
    expect(tilesOf(0, 20, 40).map(({ index }) => index)).toEqual([1, 2]);
    expect(tilesOf(1, 64, 128).map(({ index }) => index)).toEqual([1]);
    expect(tilesOf(1, 0, 0)).toEqual([]);
  });
});
