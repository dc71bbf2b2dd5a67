import { describe, expect, it } from 'vitest';
import type { HeardWord } from './scoring.js';
import { heardOver, silencesIn, without, type Window } from './timeline.js';

const DIMENSION = 8;
const unit = (at: number, size = 1): Float32Array => {
  const vector = new Float32Array(DIMENSION);
  vector[at] = size;
  vector[DIMENSION - 1] = Math.sqrt(1 - size * size);
  return vector;
};
const word = (name: string, at: number): HeardWord => ({
  name,
  vector: unit(at),
  background: { mean: 0, std: 0.1, count: 100 },
});
const WORDS = [word('rain', 0), word('dog', 1), word('speech', 2)];
const CALIBRATION = { mean: 0, std: 0.1, relevantZ: 2, slope: 2 };
const over = (heard: readonly (readonly [at: number, size: number])[], words = WORDS) => {
  const windows: Window[] = heard.map(([at, size], i) => ({ startS: i * 5, endS: i * 5 + 10, vector: unit(at, size) }));
  return heardOver(windows, words, 0.1, CALIBRATION, () => Promise.resolve());
};
const repeat = (count: number, at: number, size: number) =>
  Array.from({ length: count }, (): [number, number] => [at, size]);

describe('what is heard when', () => {
  it('joins windows that say the same, parts the time that they share, and names what lasts longest first', async () => {
    const lanes = await over([...repeat(4, 1, 0.9), ...repeat(8, 0, 0.9)]);
    expect(lanes.map(({ kind, name }) => [kind, name])).toEqual([
      ['tag', 'rain'],
      ['tag', 'dog'],
    ]);
    expect(lanes[1]!.spans).toMatchObject([{ startS: 0 }]);
    const border = lanes[1]!.spans[0]!.endS;
    expect(border).toBeGreaterThan(15);
    expect(border).toBeLessThan(30);
    expect(lanes[0]!.spans.at(-1)!.endS).toBe(65);
  });

  it('says nothing where nothing is sure', async () => {
    expect(await over(repeat(6, 0, 0.15))).toEqual([]);
    expect(await over([])).toEqual([]);
  });

  it('tells speech beside what else is heard, before it', async () => {
    const both = new Float32Array(DIMENSION);
    both[0] = 0.85;
    both[2] = 0.5;
    const windows = Array.from({ length: 5 }, (_, i) => ({ startS: i * 5, endS: i * 5 + 10, vector: both }));
    const lanes = await heardOver(windows, WORDS, 0.1, CALIBRATION, () => Promise.resolve());
    expect(lanes.map(({ kind, name }) => [kind, name])).toEqual([
      ['speech', 'speech'],
      ['tag', 'rain'],
    ]);
  });

  it('tells words that mean the same once', async () => {
    const lanes = await over(repeat(5, 0, 0.9), [...WORDS, word('rainfall', 0)]);
    expect(lanes).toHaveLength(1);
  });
});

describe('silences', () => {
  const peaks = (levels: readonly number[]) => ({
    bucketS: 0.5,
    minMax: Int8Array.from(levels.flatMap((level) => [-level, level])),
  });

  it('are where next to nothing is for a second or more', () => {
    expect(silencesIn(peaks([100, 0, 90, 1, 0, 1, 80, 0, 0]), 4.4)).toEqual([{ startS: 1.5, endS: 3, score: 1 }]);
    expect(silencesIn(peaks([100, 0, 0, 0]), 2)).toEqual([{ startS: 0.5, endS: 2, score: 1 }]);
  });

  it('are not in a recording that is quiet all over', () => {
    expect(silencesIn(peaks([20, 1, 1, 1, 1, 20]), 3)).toEqual([]);
  });

  it('take their time from what is heard', () => {
    const span = { startS: 0, endS: 20, score: 0.8 };
    expect(without([span], [{ startS: 5, endS: 10, score: 1 }])).toEqual([
      { ...span, endS: 5 },
      { ...span, startS: 10 },
    ]);
    expect(without([span], [{ startS: 0, endS: 20, score: 1 }])).toEqual([]);
  });
});
