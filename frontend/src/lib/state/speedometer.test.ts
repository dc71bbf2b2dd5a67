import { expect, it } from 'vitest';
import { Speedometer } from './speedometer';

it('tells the speed of the last seconds, and nothing before it can', () => {
  let now = 0;
  const speed = new Speedometer(() => now);
  expect(speed.add(500)).toBe(0);
  now = 1000;
  expect(speed.add(2000)).toBe(2000);
  now = 2000;
  expect(speed.add(4000)).toBe(3000);
  now = 60_000;
  expect(speed.add(1000)).toBe(0);
});
