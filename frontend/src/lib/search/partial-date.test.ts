import { expect, it } from 'vitest';
import { dayOf, shortDate } from './partial-date';

it.each([
  ['2019', '2019-01-01', '2019-12-31'],
  ['2019-02', '2019-02-01', '2019-02-28'],
  ['2020-02', '2020-02-01', '2020-02-29'],
  ['2019-12', '2019-12-01', '2019-12-31'],
  ['2019-03-14', '2019-03-14', '2019-03-14'],
])('%s is from %s to %s, and shown as typed', (typed, first, last) => {
  expect([dayOf(typed, 'first'), dayOf(typed, 'last')]).toEqual([first, last]);
  // The last of December ends the year as well.
  if (typed !== '2019-12') expect([shortDate(first, 'first'), shortDate(last, 'last')]).toEqual([typed, typed]);
});

it.each(['', '19', '2019-13', '2019-02-31', '2019-1', 'March 2019'])('%j is no date', (typed) => {
  expect(dayOf(typed, 'first')).toBeNull();
});
