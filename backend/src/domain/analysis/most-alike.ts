import type { SoundKey } from '../library/library.types.js';
import { Turns } from '../slices.js';
import type { DescribedRows, WantedAspect } from './aspects.ports.js';
import { DESCRIBED_SIZE, LAYOUT, type Comparison, type Described } from './aspects.types.js';
import { distancesFrom, type DistanceOf } from './distance.js';

/** Log odds for the same (distance 0) and, with a minus, for what is as far as unrelated sounds usually are (distance 1). */
export const SURE = 3;
/** Of what lacks an aspect that the example has, or was not heard yet. */
export const LACKING = -SURE;
/** From here on it does not matter how far a sound is. */
const UNRELATED = 1;

/** One aspect of one example. */
export interface Wanted extends WantedAspect {
  distanceOf: DistanceOf;
}

/** Among which sounds the most alike are looked for; null among all. */
export interface Among {
  among: Int32Array | null;
  except: readonly SoundKey[];
}

/** A sound, and the log odds that it is like what is wanted. */
export interface Alike {
  key: SoundKey;
  logit: number;
}

/** What is described: a row of each key. */
export interface DescribedKeys {
  rows: DescribedRows;
  keys: readonly SoundKey[];
  rowOf: ReadonlyMap<SoundKey, number>;
}

/** Rows that are compared before it is asked whether others should have their turn in this thread, and after how long they do. */
const ROUGHLY_AT_ONCE = 4096;
const EXACTLY_AT_ONCE = 64;
const TURN_MS = 2;
/** With fewer than one in so many allowed, these are compared one by one. */
const SELECTIVE = 16;
/** Of all log odds that there can be. Each is far wider than what single precision is wrong by. */
const BINS = 2048;

export const wantedOf = (comparisons: readonly Comparison[]): Wanted[] =>
  comparisons
    .flatMap(({ example, aspects }) => aspects.map((one) => ({ ...one, example })))
    .sort((a, b) => LAYOUT[a.aspect].size - LAYOUT[b.aspect].size)
    .map((one) => ({ ...one, distanceOf: distancesFrom(one.example, one.aspect) }));

/** Log odds that a sound is like an example in one aspect, as much as it counts. */
export function logitOf({ weight, distanceOf }: Wanted, other: Described): number {
  const distance = distanceOf(other, UNRELATED);
  return weight * (Number.isNaN(distance) ? LACKING : Math.max(LACKING, SURE * (1 - 2 * distance)));
}

/** Sums up log odds in all that is wanted, of one row after the other. */
export function logitsOf(wanted: readonly Wanted[], rows: DescribedRows): (row: number) => number {
  const other = { numbers: new Float32Array(DESCRIBED_SIZE), at: 0 };
  return (row) => {
    rows.read(row, other.numbers);
    let sum = 0;
    for (const one of wanted) sum += logitOf(one, other);
    return sum;
  };
}

/**
 * The sounds most alike in all that is wanted, best first: all of them are compared roughly, and exactly those that may be among the
 * best by that. Every few milliseconds others have their turn.
 */
export async function mostAlike(
  { rows, keys, rowOf }: DescribedKeys,
  wanted: readonly Wanted[],
  limit: number,
  { among, except }: Among,
): Promise<Alike[]> {
  // Others may come while it waits.
  const { length } = keys;
  const turns = new Turns(TURN_MS);
  const scores = new Float32Array(length).fill(among === null ? 0 : -Infinity);
  let count = among === null ? length : 0;
  const put = (key: SoundKey, score: number): void => {
    const row = rowOf.get(key);
    if (row === undefined || row >= length || scores[row] === score) return;
    scores[row] = score;
    count += score === 0 ? 1 : -1;
  };
  for (const key of among ?? []) put(key, 0);
  for (const key of except) put(key, -Infinity);
  let floor = -Number.MAX_VALUE;
  if (count > limit && count * SELECTIVE >= length) {
    const roughly = new Float32Array(length);
    for (let from = 0; from < length; from += ROUGHLY_AT_ONCE) {
      const to = Math.min(length, from + ROUGHLY_AT_ONCE);
      rows.roughly(wanted, from, to, roughly);
      for (let row = from; row < to; row++) if (scores[row] === 0) scores[row] = roughly[row]!;
      await turns.next();
    }
    floor = floorOf(scores, limit, SURE * weightOf(wanted));
  }
  const logitOfRow = logitsOf(wanted, rows);
  const found: Alike[] = [];
  for (let row = 0; row < length; row++) {
    if (scores[row]! < floor) continue;
    found.push({ key: keys[row]!, logit: logitOfRow(row) });
    if (found.length % EXACTLY_AT_ONCE === 0) await turns.next();
  }
  return found.sort((a, b) => b.logit - a.logit || a.key - b.key).slice(0, limit);
}

export const weightOf = (wanted: readonly Wanted[]): number => wanted.reduce((sum, { weight }) => sum + weight, 0);

/**
 * A number that at least `limit` of these reach, and hardly more do; counted rather than sorted.
 * @param scores −∞ for what is not meant
 * @param most none is larger, or smaller than its negative
 */
function floorOf(scores: Float32Array, limit: number, most: number): number {
  const bins = new Uint32Array(BINS);
  const perBin = (2 * most) / BINS;
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row]!;
    if (score !== -Infinity) bins[Math.max(0, Math.min(BINS - 1, Math.floor((score + most) / perBin)))]!++;
  }
  let reached = 0;
  for (let bin = BINS - 1; bin > 1; bin--) {
    reached += bins[bin]!;
    // A bin lower: rounding puts none outside.
    if (reached >= limit) return (bin - 1) * perBin - most;
  }
  return -Number.MAX_VALUE;
}
