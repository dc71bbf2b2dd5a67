import { describe, expect, it } from 'vitest';
import { comparisonBy } from './aspect.index.js';
import { ASPECTS, DESCRIBED_SIZE, LAYOUT, type Aspect, type AspectWeights } from './aspects.types.js';
import { logitOf, mostAlike, wantedOf } from './most-alike.js';

/** Numbers as sounds have them, some without pitch, rhythm or loudness; the same in every run. */
function describedLike(count: number, seed: number): Float32Array {
  let state = seed;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const numbers = new Float32Array(count * DESCRIBED_SIZE);
  for (let row = 0; row < count; row++) {
    const at = row * DESCRIBED_SIZE;
    const fill = (aspect: Aspect, valueOf: (n: number) => number): void => {
      const lacks = aspect !== 'timbre' && random() < 0.2;
      const { at: first, size } = LAYOUT[aspect];
      for (let n = 0; n < size; n++) numbers[at + first + n] = lacks ? NaN : valueOf(n);
    };
    fill('timbre', () => 20 * (random() + random() - 1));
    fill('pitch', (n) => (n < 12 ? random() ** 4 / 3 : 6 * random()));
    fill('rhythm', () => random() ** 3 / 10);
    fill('loudness', () => -40 * random());
  }
  return numbers;
}

const COUNT = 5000;
const numbers = describedLike(COUNT, 7);
const keys = Array.from({ length: COUNT }, (_, row) => 2 * row + 1);
const at = (row: number): { numbers: Float32Array; at: number } => ({ numbers, at: row * DESCRIBED_SIZE });
const complete = keys.findIndex((_, row) =>
  ASPECTS.every((aspect) => !Number.isNaN(numbers[row * DESCRIBED_SIZE + LAYOUT[aspect].at])),
);

describe('the sounds most alike in aspects', () => {
  const asked: [string, AspectWeights[]][] = [
    ...ASPECTS.map((aspect): [string, AspectWeights[]] => [aspect, [{ [aspect]: 1 }]]),
    ['all of them', [{ timbre: 1, pitch: 1, rhythm: 1, loudness: 1 }]],
    ['one far more than another', [{ rhythm: 9, loudness: 0.1 }]],
    [
      'two examples',
      [
        { timbre: 2, rhythm: 1 },
        { pitch: 1, rhythm: 0.5 },
      ],
    ],
  ];
  it.each(asked)('are those that comparing with each says: %s', async (_, weights) => {
    const wanted = wantedOf(weights.map((one, n) => comparisonBy(at(complete + n * 1000), one, 1) ?? []).flat());
    for (const limit of [1, 50, 300, 4999]) {
      const allowed = (key: number): boolean => key % 3 !== 0;
      const everyOne = keys
        .filter(allowed)
        .map((key) => ({ key, logit: wanted.reduce((sum, one) => sum + logitOf(one, at((key - 1) / 2)), 0) }))
        .sort((a, b) => b.logit - a.logit || a.key - b.key);
      const found = await mostAlike({ numbers, keys }, wanted, limit, allowed);
      expect(found).toEqual(everyOne.slice(0, limit).map(({ key }) => key));
    }
  });

  it('leave others their turn', async () => {
    const wanted = wantedOf([comparisonBy(at(complete), { timbre: 1, rhythm: 1 }, 1)!]);
    const twenty = Array.from({ length: 20 }, () => keys).flat();
    const many = new Float32Array(20 * numbers.length);
    for (let n = 0; n < 20; n++) many.set(numbers, n * numbers.length);
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    await mostAlike({ numbers: many, keys: twenty }, wanted, 300, () => true);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(1);
  });
});
