import { beforeEach, describe, expect, it } from 'vitest';
import type { Viewer } from '../accounts/viewer.js';
import { Sights } from './sights.js';

let read: (string | null)[];
let groups: number[][];
let hidden: number;

beforeEach(() => {
  read = [];
  groups = [];
  hidden = 3;
});

const sights = (mostBytes?: number): Sights =>
  new Sights(
    {
      sounds: ({ id }) => ({
        hidden: () => {
          read.push(id);
          return Promise.resolve(Array.from({ length: hidden }, (_, key) => key));
        },
      }),
      copies: () => ({ groups: () => Promise.resolve(groups) }),
    },
    mostBytes,
  );

const viewer = (id: string): Viewer => ({ id, shared: true, runs: false });

async function look(at: Sights, ids: string, change = 1): Promise<string> {
  read = [];
  for (const id of ids) await at.of(viewer(id), change);
  return read.join('');
}

describe('Sights', () => {
  it('reads what a viewer does not see once, until the library has changed', async () => {
    const some = sights();
    expect(await look(some, 'aabab')).toBe('ab');
    expect([...(await some.of(viewer('a'), 1)).hidden]).toEqual([0, 1, 2]);
    expect(await look(some, 'ab', 2)).toBe('ab');
  });

  it('keeps two hundred of them, and fewer the more is kept from people', async () => {
    const many = Array.from({ length: 201 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join('');
    const some = sights();
    await look(some, many);
    expect(await look(some, many.slice(1))).toBe('');
    expect(await look(some, many[0]!)).toBe(many[0]);
    hidden = 100_000;
    const large = sights(1_000_000);
    expect(await look(large, 'abab')).toBe('ab');
    expect(await look(large, 'cba')).toBe('ca');
  });

  it('counts the copies that each viewer sees', async () => {
    groups = Array.from({ length: 3000 }, (_, at) => [2 * at, 2 * at + 1]);
    const some = sights(1_000_000);
    expect(await look(some, 'abab')).toBe('abab');
  });

  it('reads again what could not be read', async () => {
    const some = sights();
    groups = null as unknown as number[][];
    await expect(some.of(viewer('a'), 1)).rejects.toThrow();
    groups = [];
    expect(await look(some, 'a')).toBe('a');
  });
});
