import { describe, expect, it } from 'vitest';
import { createDescribedRows } from './described-rows.js';
import { comparisonBy } from '../../domain/analysis/aspect.index.js';
import type { DescribedRows } from '../../domain/analysis/aspects.ports.js';
import {
  ASPECTS,
  DESCRIBED_SIZE,
  LAYOUT,
  type Aspect,
  type AspectWeights,
  type Described,
} from '../../domain/analysis/aspects.types.js';
import {
  LACKING,
  mostAlike,
  SURE,
  wantedOf,
  weightOf,
  type DescribedKeys,
  type Wanted,
} from '../../domain/analysis/most-alike.js';

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
    // Its peak is not known.
    if (random() < 0.05) numbers[at + LAYOUT.loudness.at + 1] = NaN;
    if (random() < 0.05) numbers.fill(0, at + LAYOUT.pitch.at, at + LAYOUT.pitch.at + 12);
  }
  return numbers;
}

const COUNT = 5001;
const numbers = describedLike(COUNT, 7);
const keys = Array.from({ length: COUNT }, (_, row) => 2 * row + 1);
const at = (row: number): Described => ({ numbers, at: row * DESCRIBED_SIZE });
const complete = keys.findIndex((_, row) =>
  ASPECTS.every((aspect) => !Number.isNaN(numbers[row * DESCRIBED_SIZE + LAYOUT[aspect].at])),
);

function rowsOf(copies: number): DescribedRows {
  const rows = createDescribedRows();
  for (let row = 0; row < copies * COUNT; row++) {
    const start = (row % COUNT) * DESCRIBED_SIZE;
    rows.set(row, numbers.subarray(start, start + DESCRIBED_SIZE));
  }
  return rows;
}

const described = (copies = 1): DescribedKeys => {
  const all = Array.from({ length: copies * COUNT }, (_, row) => 2 * row + 1);
  return { rows: rowsOf(copies), keys: all, rowOf: new Map(all.map((key, row) => [key, row])) };
};

/** In double precision, aspect by aspect, however far it is. */
const exactly = (wanted: readonly Wanted[], other: Described): number =>
  wanted.reduce((sum, { weight, distanceOf }) => {
    const distance = distanceOf(other);
    return sum + weight * (Number.isNaN(distance) ? LACKING : Math.max(LACKING, SURE * (1 - 2 * distance)));
  }, 0);

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
const wantedBy = (weights: readonly AspectWeights[]): Wanted[] =>
  wantedOf(weights.map((one, n) => comparisonBy(at(complete + n * 1000), one, 1) ?? []).flat());

describe('the sounds most alike in aspects', () => {
  it.each(asked)('are those that comparing with each says: %s', async (_, weights) => {
    const wanted = wantedBy(weights);
    const all = described();
    const among = Int32Array.from(keys.filter((key) => key % 3 !== 0));
    const few = Int32Array.from(keys.filter((key) => key % 37 === 0));
    const except = keys.filter((key) => key % 11 === 0);
    for (const filter of [
      { among: null, except: [] },
      { among: null, except },
      { among, except: [-1, 4] },
      { among: few, except },
    ]) {
      const allowed = new Set(filter.among ?? keys);
      for (const key of filter.except) allowed.delete(key);
      const everyOne = [...allowed]
        .map((key) => ({ key, logit: exactly(wanted, at((key - 1) / 2)) }))
        .sort((a, b) => b.logit - a.logit || a.key - b.key);
      for (const limit of [1, 50, 300, 4999]) {
        const found = (await mostAlike(all, wanted, limit, filter)).map(({ key }) => key);
        const byKey = new Map(everyOne.map(({ key, logit }) => [key, logit]));
        expect(found.length).toBe(Math.min(limit, everyOne.length));
        expect(new Set(found).size).toBe(found.length);
        // Those that are as alike to the last digits may change places.
        for (const [place, key] of found.entries()) expect(byKey.get(key)).toBeCloseTo(everyOne[place]!.logit, 9);
      }
    }
  });

  it('leave others their turn', async () => {
    const wanted = wantedOf([comparisonBy(at(complete), { timbre: 1, rhythm: 1 }, 1)!]);
    const many = described(60);
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    await mostAlike(many, wanted, 3000, { among: null, except: [] });
    clearInterval(counting);
    expect(turns).toBeGreaterThan(1);
  });
});

describe('rows that are compared at once', () => {
  it('keep what is written to them, when more come as well', () => {
    const rows = rowsOf(1);
    const read = (row: number): Float32Array => {
      const into = new Float32Array(DESCRIBED_SIZE);
      rows.read(row, into);
      return into;
    };
    for (const row of [0, 1, 2, 3, 4, 255, 256, COUNT - 1]) {
      const start = row * DESCRIBED_SIZE;
      expect(read(row)).toEqual(numbers.subarray(start, start + DESCRIBED_SIZE));
    }
    rows.set(1, numbers.subarray(0, DESCRIBED_SIZE));
    expect(read(1)).toEqual(read(0));
    expect(read(2)).toEqual(numbers.subarray(2 * DESCRIBED_SIZE, 3 * DESCRIBED_SIZE));
  });

  it.each(asked)('are compared as one by one, but for rounding: %s', (_, weights) => {
    const wanted = wantedBy(weights);
    const rows = rowsOf(1);
    const most = SURE * weightOf(wanted);
    for (const [from, to] of [
      [0, COUNT],
      [3, 6],
      [1021, 2050],
    ] as const) {
      const scores = new Float32Array(COUNT).fill(1000);
      rows.roughly(wanted, from, to, scores);
      for (let row = 0; row < COUNT; row++) {
        if (row < from || row >= to) expect(scores[row]).toBe(1000);
        else expect(Math.abs(scores[row]! - exactly(wanted, at(row))) / most).toBeLessThan(1e-4);
      }
    }
  });
});
