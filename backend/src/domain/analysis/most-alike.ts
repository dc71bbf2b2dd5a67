import type { SoundKey } from '../library/library.types.js';
import { Turns } from '../slices.js';
import { DESCRIBED_SIZE, LAYOUT, type Comparison, type Described } from './aspects.types.js';
import { distancesFrom, type DistanceOf } from './distance.js';

/** Log odds for the same (distance 0) and, with a minus, for what is as far as unrelated sounds usually are (distance 1). */
export const SURE = 3;
/** Of what lacks an aspect that the example has, or was not heard yet. */
export const LACKING = -SURE;
/** From here on it does not matter how far a sound is. */
const UNRELATED = 1;

/** One aspect of one example. */
export interface Wanted {
  weight: number;
  distanceOf: DistanceOf;
}

/** What is described: {@link DESCRIBED_SIZE} numbers of each key. */
export interface DescribedRows {
  numbers: Float32Array;
  keys: readonly SoundKey[];
}

/** Rows that are compared before it is asked whether others should have their turn in this thread, and after how long they do. */
const ROWS_AT_ONCE = 256;
const TURN_MS = 2;
/** Sums of the same numbers differ by less. */
const ROUNDING = 1e-9;
/** So much farther than what is still wanted need no distance be told exactly. */
const BEYOND = 1e-6;
const BINS = 2048;

/** The aspects of all examples, the cheapest first: what is far in one need not be compared in the others. */
export const wantedOf = (comparisons: readonly Comparison[]): Wanted[] =>
  comparisons
    .flatMap(({ example, aspects }) => aspects.map((one) => ({ ...one, example })))
    .sort((a, b) => LAYOUT[a.aspect].size - LAYOUT[b.aspect].size)
    .map(({ example, aspect, weight }) => ({ weight, distanceOf: distancesFrom(example, aspect) }));

/** Log odds that a sound is like an example in one aspect, as much as it counts. */
export function logitOf({ weight, distanceOf }: Wanted, other: Described, most = UNRELATED): number {
  const distance = distanceOf(other, Math.min(UNRELATED, most));
  return weight * (Number.isNaN(distance) ? LACKING : Math.max(LACKING, SURE * (1 - 2 * distance)));
}

/**
 * The sounds most alike in all that is wanted, best first. It goes through all of them aspect by aspect, and leaves out on the way
 * what cannot be among them any more; every few milliseconds others have their turn.
 */
export async function mostAlike(
  { numbers, keys }: DescribedRows,
  wanted: readonly Wanted[],
  limit: number,
  allowed: (key: SoundKey) => boolean,
): Promise<SoundKey[]> {
  const place = { numbers, at: 0 };
  const turns = new Turns(TURN_MS);
  // Others may come while it waits.
  const { length } = keys;
  const rows = new Int32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) {
    if (allowed(keys[row]!)) rows[count++] = row;
    if (row % ROWS_AT_ONCE === 0) await turns.next();
  }
  const logits = new Float64Array(count);
  const most = SURE * weightOf(wanted);
  /** At least `limit` sounds are as alike as that. */
  let least = -Infinity;
  for (const [n, one] of wanted.entries()) {
    const later = wanted.slice(n + 1);
    const rest = SURE * weightOf(later);
    let kept = 0;
    let next = later.length === 0 ? 2 * limit : Infinity;
    for (let i = 0; i < count; i++) {
      place.at = rows[i]! * DESCRIBED_SIZE;
      // However alike it is in what follows, it has to be so near in this.
      const enough = (logits[i]! + SURE * one.weight + rest - least + BEYOND) / (2 * SURE * one.weight);
      const logit = enough > 0 ? logits[i]! + logitOf(one, place, enough) : -Infinity;
      if (logit + rest >= least - ROUNDING) {
        rows[kept] = rows[i]!;
        logits[kept++] = logit;
        if (kept === next) {
          least = Math.max(least, floorOf(logits, kept, limit, most));
          next *= 2;
        }
      }
      if (i % ROWS_AT_ONCE === 0) await turns.next();
    }
    count = kept;
    if (later.length > 0 && count > limit) {
      // Whatever the likeliest so far come to, the others have to reach.
      const floor = floorOf(logits, count, limit, most);
      const totals: number[] = [];
      for (let i = 0; i < count && totals.length < 2 * limit; i++) {
        if (logits[i]! < floor) continue;
        place.at = rows[i]! * DESCRIBED_SIZE;
        totals.push(later.reduce((sum, other) => sum + logitOf(other, place), logits[i]!));
        if (totals.length % ROWS_AT_ONCE === 0) await turns.next();
      }
      least = Math.max(least, totals.sort((a, b) => b - a)[limit - 1] ?? -Infinity);
    }
  }
  const floor = floorOf(logits, count, limit, most);
  return Array.from({ length: count }, (_, i) => i)
    .filter((i) => logits[i]! >= floor)
    .sort((a, b) => logits[b]! - logits[a]! || keys[rows[a]!]! - keys[rows[b]!]!)
    .slice(0, limit)
    .map((i) => keys[rows[i]!]!);
}

const weightOf = (wanted: readonly Wanted[]): number => wanted.reduce((sum, { weight }) => sum + weight, 0);

/**
 * A number that at least `limit` of the first `count` values reach, and hardly more do; counted rather than sorted.
 * @param most none is larger, or smaller than its negative
 * @returns -Infinity where there are no more than `limit`
 */
function floorOf(values: Float64Array, count: number, limit: number, most: number): number {
  if (count <= limit) return -Infinity;
  const bins = new Uint32Array(BINS);
  const perBin = (2 * most) / BINS;
  for (let i = 0; i < count; i++) {
    bins[Math.max(0, Math.min(BINS - 1, Math.floor((values[i]! + most) / perBin)))]!++;
  }
  let reached = 0;
  for (let bin = BINS - 1; bin > 0; bin--) {
    reached += bins[bin]!;
    // A bin lower, so that rounding puts none outside.
    if (reached >= limit) return (bin - 1) * perBin - most;
  }
  return -Infinity;
}
