import { LAYOUT, PITCH_CLASSES, RHYTHM_STEPS, TIMBRE_MEANS, type Aspect, type Described } from './aspects.types.js';

/** What the distance of two sounds that have nothing to do with each other usually is, by median over real sounds. */
export const USUAL: Readonly<Record<Aspect, number>> = { timbre: 80, pitch: 0.62, rhythm: 0.3, loudness: 8 };
/** How much deviations of the timbre count beside means. */
export const DEVIATIONS = 0.7;
/** An octave of difference in height counts as much as this share of other pitch classes; two are as far as it goes. */
export const OCTAVE = 0.35;
export const MOST_OCTAVES = 2;
/** A pattern may be played so much faster or slower, in steps of the rhythm: half an octave. */
export const FASTER = RHYTHM_STEPS / 2;
/** What each such step costs: the same tempo is nearer. */
export const STEP = 0.012;
/** Dynamics count half as much as loudness. */
export const DYNAMICS = 0.5;

/**
 * @param i where the aspect begins in `a`, as `j` in `b`
 * @param most what is farther need not be told exactly, as long as it is not told nearer than this
 */
type Distance = (a: Float32Array, i: number, b: Float32Array, j: number, most: number) => number;

const distances: Readonly<Record<Aspect, Distance>> = {
  timbre: (a, i, b, j) => {
    let means = 0;
    let deviations = 0;
    for (let n = 0; n < TIMBRE_MEANS; n++) means += (a[i + n]! - b[j + n]!) ** 2;
    for (let n = TIMBRE_MEANS; n < LAYOUT.timbre.size; n++) deviations += (a[i + n]! - b[j + n]!) ** 2;
    return Math.sqrt(means + DEVIATIONS * deviations);
  },
  pitch: (a, i, b, j) => {
    let ab = 0;
    let aa = 0;
    let bb = 0;
    for (let n = 0; n < PITCH_CLASSES; n++) {
      ab += a[i + n]! * b[j + n]!;
      aa += a[i + n]! ** 2;
      bb += b[j + n]! ** 2;
    }
    const classes = aa > 0 && bb > 0 ? 1 - ab / Math.sqrt(aa * bb) : 1;
    const octaves = Math.abs(a[i + PITCH_CLASSES]! - b[j + PITCH_CLASSES]!);
    return classes + OCTAVE * Math.min(MOST_OCTAVES, octaves);
  },
  rhythm: (a, i, b, j, most) => {
    if (Number.isNaN(b[j])) return NaN;
    let nearest = most;
    // The same tempo first: what is told by it spares most of the others.
    for (let n = 0; n <= 2 * FASTER; n++) {
      const shift = n % 2 === 0 ? n / 2 : -(n + 1) / 2;
      nearest = Math.min(nearest, shifted(a, i, b, j, shift, nearest));
    }
    return nearest;
  },
  loudness: (a, i, b, j) => Math.abs(a[i]! - b[j]!) + DYNAMICS * Math.abs(a[i + 1]! - b[j + 1]!),
};

/** @returns `most` where it is no nearer */
function shifted(a: Float32Array, i: number, b: Float32Array, j: number, shift: number, most: number): number {
  const { size } = LAYOUT.rhythm;
  const cost = STEP * Math.abs(shift);
  const enough = 2 * (most - cost);
  let sum = 0;
  // What is pushed out at an end has nothing to be compared with.
  for (let n = 0; n < shift; n++) sum += a[i + n]! + b[j + size - 1 - n]!;
  for (let n = 0; n < -shift; n++) sum += b[j + n]! + a[i + size - 1 - n]!;
  for (let n = Math.max(0, shift); n < Math.min(size, size + shift) && !(sum >= enough); n++) {
    sum += Math.abs(a[i + n]! - b[j + n - shift]!);
  }
  return sum >= enough ? most : sum / 2 + cost;
}

/**
 * How far a sound is from this one in one aspect: 0 the same, 1 as far as unrelated sounds usually are, NaN where one has none.
 * What is farther than `most` may be told as anything from there on.
 */
export type DistanceOf = (b: Described, most?: number) => number;

export function distancesFrom(a: Described, aspect: Aspect): DistanceOf {
  const [distance, usual, { at }] = [distances[aspect], USUAL[aspect], LAYOUT[aspect]];
  return (b, most = Infinity) => distance(a.numbers, a.at + at, b.numbers, b.at + at, most * usual) / usual;
}
