import { expect, it } from 'vitest';
import type { SearchResult } from '$lib/api/types';
import { momentsOf } from './moments';

const result = (id: string, ...scores: number[]): SearchResult =>
  ({ sound: { id }, matches: scores.map((score, i) => ({ startS: i * 5, endS: i * 5 + 5, score })) }) as SearchResult;

it('moments are listed by themselves, the best of all sounds first', () => {
  const moments = momentsOf([result('a', 0.6, 0.2), result('named only'), result('b', 0.4)]);
  expect(moments.map(({ sound, match }) => [sound.id, match.startS])).toEqual([
    ['a', 0],
    ['b', 0],
    ['a', 5],
  ]);
});
