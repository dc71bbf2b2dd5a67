import { beforeEach, describe, expect, it } from 'vitest';
import type { Sound } from '../library/library.types.js';
import { KeptSounds } from './kept.sounds.js';
import { EVERYTHING } from '../accounts/viewer.js';

let number: number;
let asked: number[][];
/** What else happens while sounds are read. */
let meanwhile: () => void;
let kept: KeptSounds;

beforeEach(() => {
  number = 1;
  asked = [];
  meanwhile = () => undefined;
  kept = new KeptSounds({
    sounds: () => ({
      getByKeys: (keys) => {
        asked.push([...keys]);
        meanwhile();
        return Promise.resolve(
          keys.filter((key) => key < 100).map((soundKey) => ({ soundKey, title: `as of ${number}` }) as Sound),
        );
      },
    }),
    copies: () => ({ counts: () => Promise.resolve(new Map([[2, 3]])) }),
  });
});

const titles = async (...keys: number[]): Promise<(string | null)[]> =>
  [...(await kept.get(EVERYTHING, keys, number)).values()].map(({ sound }) => sound.title);

describe('KeptSounds', () => {
  it('reads a sound and the number of its copies once', async () => {
    await kept.get(EVERYTHING, [1, 2], number);
    const found = await kept.get(EVERYTHING, [2, 3], number);
    expect(asked).toEqual([[1, 2], [3]]);
    expect([found.get(2)?.copies, found.get(3)?.copies]).toEqual([3, 0]);
  });

  it('reads it again after any change', async () => {
    expect(await titles(1)).toEqual(['as of 1']);
    number = 2;
    expect(await titles(1)).toEqual(['as of 2']);
  });

  it('gives nothing that was read while the library changed to who asks later', async () => {
    meanwhile = () => (number = 2);
    await kept.get(EVERYTHING, [1], number);
    meanwhile = () => undefined;
    expect(await titles(1)).toEqual(['as of 2']);
    expect(asked).toEqual([[1], [1]]);
  });

  it('leaves out what there is no more', async () => {
    expect(await titles(1, 200)).toEqual(['as of 1']);
  });
});
