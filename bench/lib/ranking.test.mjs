import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentile, rate, separation } from './ranking.mjs';

test('a right answer on top, then at rank 3', () => {
  const rating = rate(['a', 'x', 'b', 'y'], new Set(['a', 'b', 'c']));
  assert.deepEqual(
    { ...rating, ap10: Number(rating.ap10.toFixed(6)) },
    {
      firstHit: 1,
      r1: 1,
      r5: 1,
      ap10: Number(((1 + 2 / 3) / 3).toFixed(6)),
    },
  );
});

test('more right answers than places: a full list is perfect', () => {
  const ids = Array.from({ length: 15 }, (_, i) => String(i));
  assert.equal(rate(ids.slice(0, 10), new Set(ids)).ap10, 1);
});

test('no right answer among the first five, one later', () => {
  assert.deepEqual(rate(['x', 'x', 'x', 'x', 'x', 'a'], new Set(['a'])), { firstHit: 6, r1: 0, r5: 0, ap10: 1 / 6 });
  assert.deepEqual(rate([], new Set(['a'])), { firstHit: null, r1: 0, r5: 0, ap10: 0 });
});

test('percentiles by nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  assert.deepEqual([percentile(values, 0.5), percentile(values, 0.95), percentile([7], 0.99)], [50, 95, 7]);
});

test('how well values tell two kinds apart', () => {
  assert.equal(separation([0.9, 0.8], [0.1, 0.2]), 1);
  assert.equal(separation([0.1], [0.9]), 0);
  assert.equal(separation([0.5, 0.9], [0.5, 0.1]), 0.875);
});
