import { describe, expect, it } from 'vitest';
import { labelledPlaces, niceMax } from './chart';

describe('the top of an axis', () => {
  it('is a round number that nothing exceeds', () => {
    expect([0, 1, 1.2, 3, 7, 10, 11, 49, 501].map(niceMax)).toEqual([1, 1, 2, 5, 10, 10, 20, 50, 1000]);
  });
});

describe('labels of an axis', () => {
  it('are spread evenly and name the last place', () => {
    expect(labelledPlaces(7, 7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(labelledPlaces(24, 6)).toEqual([3, 7, 11, 15, 19, 23]);
    expect(labelledPlaces(5, 0)).toEqual([4]);
    expect(labelledPlaces(0, 5)).toEqual([]);
  });
});
