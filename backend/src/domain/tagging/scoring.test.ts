import { describe, expect, it } from 'vitest';
import { chooseTags, heardWord, MAX_TAGS, prominence, spreadOf, type HeardWord } from './scoring.js';

const calibration = { mean: 0, std: 0.1, relevantZ: 2, slope: 2 };
const axis = (at: number, other = 0): Float32Array => {
  const vector = new Float32Array(16);
  vector[at] = Math.sqrt(1 - other * other);
  vector[(at + 1) % 16] = other;
  return vector;
};
const words: HeardWord[] = ['rain', 'wind', 'dog', 'cat', 'bell', 'gong', 'horn', 'drum'].map((name, at) => ({
  name,
  vector: axis(at * 2),
  background: { mean: 0, std: 0.1, count: 100 },
}));
const chosen = (prominences: Partial<Record<string, number>>, list = words): string[] =>
  chooseTags(
    list,
    list.map(({ name }) => prominences[name] ?? 0),
    calibration,
  ).map(({ name }) => name);

describe('how far a word stands out', () => {
  it('is measured from its own score for an average sound, by the spread of all words', () => {
    const cohort = new Float32Array([...axis(0, 0.6), ...axis(0, 0.8)]);
    // Cosines with the cohort: 0.8 and 0.6.
    const { background } = heardWord('loud', axis(0), cohort, calibration);
    expect(background.mean).toBeCloseTo(0.7);
    expect(background.std).toBeCloseTo(0.1);
    const steady = { name: 'steady', vector: axis(2), background: { mean: 0.2, std: 0.3, count: 2 } };
    const spread = spreadOf([{ name: 'loud', vector: axis(0), background }, steady]);
    expect(spread).toBeCloseTo(0.2);
    expect(prominence([0.9], background.mean, spread)).toBeCloseTo(1);
  });

  it('uses the calibration of the model where there is no cohort', () => {
    expect(heardWord('any', axis(0), null, calibration).background).toMatchObject({ mean: 0, std: 0.1 });
  });

  it('takes a fifth of the windows to agree: one of hundreds may fit by chance', () => {
    const chance = Array.from({ length: 200 }, (_, at) => (at === 77 ? 0.9 : 0));
    const often = Array.from({ length: 200 }, (_, at) => (at % 5 === 0 ? 0.4 : 0));
    expect(prominence(chance, 0, 0.1)).toBeLessThan(1);
    expect(prominence(often, 0, 0.1)).toBeCloseTo(4);
    expect(prominence([0.1, 0.5, 0.2], 0, 0.1)).toBeCloseTo(5);
  });
});

describe('choosing tags', () => {
  it('gives none when nothing stands out, and never more than five', () => {
    expect(chosen({ rain: 1, wind: 0.5 })).toEqual([]);
    expect(chooseTags([], [], calibration)).toEqual([]);
    const all = Object.fromEntries(words.map(({ name }) => [name, 6]));
    expect(chosen(all)).toHaveLength(MAX_TAGS);
  });

  it('puts the surest first, with a confidence that rises with prominence', () => {
    const tags = chooseTags(words, [4, 4.5, 0, 0, 0, 0, 0, 0], calibration);
    expect(tags.map(({ name }) => name)).toEqual(['wind', 'rain']);
    expect(tags[0]!.score).toBeGreaterThan(tags[1]!.score);
    expect(tags[0]!.score).toBeLessThanOrEqual(1);
  });

  it('leaves out what is far behind the best', () => {
    expect(chosen({ rain: 5, wind: 4 })).toEqual(['rain']);
    expect(chosen({ wind: 4 })).toEqual(['wind']);
  });

  it('goes by how much better a word fits than the others do, where there are enough of them', () => {
    const many = Array.from({ length: 40 }, (_, at): HeardWord => ({
      name: `word ${at}`,
      vector: axis((at * 3) % 16, at / 100),
      background: { mean: 0, std: 0.1, count: 100 },
    }));
    const spread = many.map((_, at) => (at % 5) / 2);
    // Fits everything a little: its best word is no further from the others than one of theirs is.
    const hum = spread.map((z) => z + 2);
    expect(chooseTags(many, hum, calibration)).toEqual([]);
    const dog = spread.map((z, at) => (at === 7 ? 5 : z));
    expect(chooseTags(many, dog, calibration).map(({ name }) => name)).toEqual(['word 7']);
  });

  it('lets one of two words stand for both when they mean the same', () => {
    const twins = [...words, { ...words[0]!, name: 'downpour', vector: axis(0, 0.2) }];
    expect(chosen({ rain: 4, downpour: 4.2 }, twins)).toEqual(['downpour']);
    expect(chosen({ rain: 4.4, downpour: 4.2, wind: 4.1 }, twins)).toEqual(['rain', 'wind']);
  });
});
