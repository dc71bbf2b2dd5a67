import { describe, expect, it } from 'vitest';
import { AnswerCache } from './answer.cache.js';

describe('AnswerCache', () => {
  it('finds once while nothing changes, and anew after a change', async () => {
    let state = 1;
    let found = 0;
    const cache = new AnswerCache<number>(10, () => Promise.resolve(String(state)));
    const ask = (): Promise<number> => cache.get(String(state), 'rain', () => Promise.resolve(++found));
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    expect(await ask()).toBe(1);
    state = 2;
    expect(await ask()).toBe(2);
  });

  it('does not keep what was found while something changed', async () => {
    let state = 1;
    let found = 0;
    const cache = new AnswerCache<number>(10, () => Promise.resolve(String(state)));
    const ask = (): Promise<number> =>
      cache.get(String(state), 'rain', () => {
        if (found === 0) state = 2;
        return Promise.resolve(++found);
      });
    expect(await ask()).toBe(1);
    state = 1;
    expect(await ask()).toBe(2);
  });

  it('does not keep a failure, and tells answers apart by their key', async () => {
    const cache = new AnswerCache<string>(10, () => Promise.resolve(''));
    await expect(cache.get('', 'a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await cache.get('', 'a', () => Promise.resolve('yes'))).toBe('yes');
    expect(await cache.get('', 'b', () => Promise.resolve('other'))).toBe('other');
  });
});
