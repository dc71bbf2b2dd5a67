import { afterEach, expect, it, vi } from 'vitest';
import type { Segments } from './connection.js';
import { Counts } from './counts.js';

afterEach(() => void vi.useRealTimers());

it('counts sounds anew when there are more or fewer objects, in another collection, and after a while', async () => {
  vi.useFakeTimers();
  const here = { objects: 5, sounds: 2 };
  let looked = 0;
  const filter = { byProperty: () => ({ greaterOrEqual: () => 'sounds' }) };
  const overAll = (options?: object) => {
    if (options) looked++;
    return Promise.resolve({ totalCount: options ? here.sounds : here.objects });
  };
  const collection = { filter, aggregate: { overAll } } as unknown as Segments;
  const counts = new Counts();
  const both = [counts.of('a', collection), counts.of('a', collection)];
  expect(await Promise.all(both)).toEqual(Array(2).fill({ sounds: 2, segments: 3 }));
  expect(looked).toBe(1);
  Object.assign(here, { objects: 7, sounds: 3 });
  expect(await counts.of('a', collection)).toEqual({ sounds: 3, segments: 4 });
  here.sounds = 4;
  expect(await counts.of('b', collection)).toEqual({ sounds: 4, segments: 3 });
  here.sounds = 5;
  vi.advanceTimersByTime(61_000);
  expect(await counts.of('b', collection)).toEqual({ sounds: 5, segments: 2 });
  expect(looked).toBe(4);
});
