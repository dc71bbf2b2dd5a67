import { expect, it } from 'vitest';
import { waysBack } from './ways-back';

it('each sound gets back what it had, and nothing that was not changed', () => {
  const rated = (soundId: string, stars: number | null) => ({ soundId, favourite: true, stars, colour: null });
  expect(waysBack([rated('a', 2), rated('b', null), rated('c', 2)], { stars: 5 })).toEqual([
    [['a', 'c'], { stars: 2 }],
    [['b'], { stars: null }],
  ]);
});
