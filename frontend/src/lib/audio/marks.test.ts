import { describe, expect, it } from 'vitest';
import { marksOf } from './marks';

const match = (startS: number, endS: number, score = 0.4) => ({ startS, endS, score });

describe('marks on a waveform', () => {
  it('lie where the matches are, in order of time', () => {
    expect(marksOf([match(30, 40), match(0, 10)], 100).map(({ from, to }) => [from, to])).toEqual([
      [0, 0.1],
      [0.3, 0.4],
    ]);
  });

  it('merge where windows overlap, keeping the better score', () => {
    const [mark, ...others] = marksOf([match(5, 15, 0.5), match(0, 10, 0.3)], 100);
    expect(others).toEqual([]);
    expect(mark?.match).toEqual(match(0, 15, 0.5));
  });

  it('are left out when the whole sound is the match, or its length is unknown', () => {
    expect(marksOf([match(0, 3.9)], 4)).toEqual([]);
    expect(marksOf([match(0, 1)], null)).toEqual([]);
  });
});
