import { describe, expect, it } from 'vitest';
import { AnswerCache } from './answer.cache.js';

const always = (): boolean => true;

describe('AnswerCache', () => {
  it('finds once while nothing changes, and anew after a change', async () => {
    let state = 1;
    let found = 0;
    const cache = new AnswerCache<number>(10);
    const ask = (): Promise<number> => cache.get(String(state), 'rain', () => Promise.resolve(++found), always);
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    expect(await ask()).toBe(1);
    state = 2;
    expect(await ask()).toBe(2);
  });

  it('gives what was found while something changed to nobody who asks later', async () => {
    let library = 1;
    const cache = new AnswerCache<string>(10);
    const ask = (find: () => Promise<string>): Promise<string> => cache.get(String(library), 'rain', find, always);
    let goOn: () => void = () => undefined;
    const early = ask(async () => {
      const [before] = [library];
      await new Promise<void>((resolve) => (goOn = resolve));
      return `between ${before} and ${library}`;
    });
    library = 2;
    // Asked while the other is still being found, then after it was.
    expect(await ask(() => Promise.resolve(`of ${library}`))).toBe('of 2');
    goOn();
    expect(await early).toBe('between 1 and 2');
    expect(await ask(() => Promise.resolve('anew'))).toBe('of 2');
  });

  it('does not keep a failure or what may not be, and tells answers apart by their key', async () => {
    const cache = new AnswerCache<string>(10);
    await expect(cache.get('', 'a', () => Promise.reject(new Error('no')), always)).rejects.toThrow('no');
    expect(
      await cache.get(
        '',
        'a',
        () => Promise.resolve('once'),
        (value) => value !== 'once',
      ),
    ).toBe('once');
    expect(await cache.get('', 'a', () => Promise.resolve('yes'), always)).toBe('yes');
    expect(await cache.get('', 'a', () => Promise.resolve('no'), always)).toBe('yes');
    expect(await cache.get('', 'b', () => Promise.resolve('other'), always)).toBe('other');
  });
});
