import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Positions } from './positions';

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  });
});
afterEach(() => void vi.unstubAllGlobals());

it('long sounds are gone on with where they were left, and as fast; short ones begin anew', () => {
  const before = new Positions();
  before.keep('talk', 65.04, 900, 1.5);
  before.keep('heard to its end', 899, 900, 2);
  before.keep('loop', 20, 30, 0.5);
  const after = new Positions();
  expect([after.of('talk'), after.speedOf('talk')]).toEqual([65, 1.5]);
  expect([after.of('heard to its end'), after.speedOf('heard to its end')]).toEqual([0, 2]);
  expect([after.of('loop'), after.speedOf('loop')]).toEqual([0, 1]);
});

it('places that were kept without a speed are still known, and nonsense is not', () => {
  localStorage.setItem('traum.positions', '[["talk",42],["odd","x"],7]');
  const positions = new Positions();
  expect([positions.of('talk'), positions.speedOf('talk'), positions.of('odd')]).toEqual([42, 1, 0]);
});
