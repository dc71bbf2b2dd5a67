import { describe, expect, it } from 'vitest';
import { KeptLists } from './kept-lists.js';

describe('KeptLists', () => {
  it('gives a list again until the library has changed', () => {
    const lists = new KeptLists();
    const rain = lists.asOf('1').keep('rain', [1, 2]);
    expect(lists.asOf('1').get('rain')).toBe(rain);
    expect(lists.asOf('2').get('rain')).toBeUndefined();
  });

  it('lets go of the lists that were not asked for longest, and keeps none that takes too much room', () => {
    const lists = new KeptLists(1000).asOf('1');
    for (let at = 0; at < 9; at++) lists.keep(`${at}`, Array<number>(90).fill(at));
    lists.get('0');
    lists.keep('more', Array<number>(90).fill(1));
    lists.keep('last', Array<number>(90).fill(1));
    expect(lists.get('0')).toHaveLength(90);
    expect(lists.get('1')).toBeUndefined();
    expect(lists.keep('huge', Array<number>(101).fill(1))).toHaveLength(101);
    expect(lists.get('huge')).toBeUndefined();
    expect(lists.get('last')).toHaveLength(90);
  });
});
