import { expect, it } from 'vitest';
import { LruCache } from './lru-cache.js';

it('forgets what was used longest ago', () => {
  const cache = new LruCache<string, number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.get('a');
  cache.set('c', 3);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  expect(cache.size).toBe(2);
});

it('remembers nothing with no capacity', () => {
  const cache = new LruCache<string, number>(0);
  cache.set('a', 1);
  expect(cache.get('a')).toBeUndefined();
});

it('keeps as much as there is room for, and nothing that takes more than all of it', () => {
  const cache = new LruCache<string, string>(10, (text) => text.length);
  cache.set('a', 'four');
  cache.set('b', 'four');
  cache.set('a', 'eight...');
  expect([cache.get('a'), cache.get('b')]).toEqual(['eight...', undefined]);
  cache.set('c', 'two');
  expect([cache.get('a'), cache.get('c')]).toEqual([undefined, 'two']);
  cache.delete('c');
  cache.set('d', 'ten.......');
  expect(cache.get('d')).toBe('ten.......');
  cache.set('e', 'more than ten');
  expect(cache.size).toBe(0);
});
