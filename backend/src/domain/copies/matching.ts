import { FINGERPRINT_BANDS, STEPS_PER_DB, type Fingerprint } from './copies.types.js';
import { soundingFrames } from './outline.js';

/** Of the longer sound at least this much must be in the other one as well. */
export const LEAST_OVERLAP = 0.6;
/** Fewer frames of sound than these tell too little. */
const FEWEST_FRAMES = 4;
/** Mean difference up to which it is the same sound. Decibels. */
const LIMIT_DB = 1.15;
const LEAST_CORRELATION = 0.97;
/** What is this far below the loudest of both counts as silence: codecs change it. Decibels. */
const DYNAMICS_DB = 45;
/** The level between two sounds is told from what is at most this far below the loudest. */
const LOUD_DB = 20;
/** Frames that tell roughly how two sounds compare at an offset. */
const ROUGH_FRAMES = 48;
/** Frames that tell whether an offset is worth that, and the mean difference from which on it is not. Decibels. */
const ROUGHEST_FRAMES = 12;
const FAR_DB = 4;
/** Bands of which only the loudest is looked at first, and the mean difference from which on the others are not. Decibels. */
const JOINED_BANDS = 6;
const FAR_JOINED_DB = 3.5;
/** Copies differ by less at their best offset, roughly looked at (1,100 pairs: at most 2.3). Decibels. */
const HOPELESS_DB = 3;
/** Offsets that are compared frame by frame. */
const CLOSE_LOOKS = 3;
/** Parts of a frame by which a sound is shifted besides. */
const SHIFTS = [-0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75];
/** Frames at both ends that reach beyond a cut. */
const EDGE_FRAMES = 2;

/** How two fingerprints compare where they lie best over each other. */
export interface Similarity {
  /** Mean difference over time and bands once the difference in level is taken away, dB. */
  differenceDb: number;
  /** How much of what one sound does over time and bands the other does too, -1..1. */
  correlation: number;
  /** Frames that were compared. */
  frames: number;
}

/** The part of a fingerprint between its first and last sound, at a given pace; levels in half decibels. */
interface Strip {
  levels: Float32Array;
  frames: number;
  /** Levels per frame. */
  bands: number;
}

/** Whether it is the same sound: encoded anew, cut, at another level. Different takes, notes and hits are not. */
export function isCopy(a: Fingerprint, b: Fingerprint): boolean {
  const similarity = compare(a, b);
  if (similarity === null) return false;
  const { differenceDb, correlation, frames } = similarity;
  return frames >= FEWEST_FRAMES && differenceDb <= LIMIT_DB && correlation >= LEAST_CORRELATION;
}

/** Null where the lengths, or a rough look, say that neither is a copy of the other. */
export function compare(a: Fingerprint, b: Fingerprint): Similarity | null {
  const frameS = Math.max(a.frameS, b.frameS);
  let [long, short] = [stripOf(a, frameS), stripOf(b, frameS)];
  if (long.frames < short.frames) [long, short] = [short, long];
  const least = Math.max(FEWEST_FRAMES, Math.ceil(LEAST_OVERLAP * long.frames));
  if (short.frames < least) return null;
  const first = least - short.frames;
  const rough = new Float32Array(long.frames - least - first + 1);
  const looks = roughLooks(long, short);
  let nearest = Infinity;
  for (let i = 0; i < rough.length; i++) {
    for (const { at, frames, farDb } of looks) {
      rough[i] = at(first + i, frames);
      if (rough[i]! >= farDb) break;
    }
    nearest = Math.min(nearest, rough[i]!);
  }
  if (nearest > HOPELESS_DB) return null;
  return Array.from(rough.keys())
    .filter((i) => !(rough[i - 1]! < rough[i]!) && !(rough[i + 1]! < rough[i]!))
    .sort((i, j) => rough[i]! - rough[j]!)
    .slice(0, CLOSE_LOOKS)
    .flatMap((i) => SHIFTS.map((by) => lookAt(long, short, first + i + Math.floor(by), by - Math.floor(by))))
    .reduce((best, other) => (other.differenceDb < best.differenceDb ? other : best));
}

/** From the roughest on: each is worth it only where the one before finds the difference small. Decibels. */
function roughLooks(long: Strip, short: Strip) {
  const look = (a: Strip, b: Strip) => (offset: number, frames: number) => lookAt(a, b, offset, 0, frames).differenceDb;
  const joined = look(joinedBands(long), joinedBands(short));
  const all = look(long, short);
  return [
    { at: joined, frames: ROUGHEST_FRAMES, farDb: FAR_DB },
    { at: joined, frames: ROUGH_FRAMES, farDb: FAR_JOINED_DB },
    { at: all, frames: ROUGHEST_FRAMES, farDb: FAR_DB },
    { at: all, frames: ROUGH_FRAMES, farDb: Infinity },
  ];
}

/** The loudest of some neighbouring bands each. */
function joinedBands({ levels, frames, bands }: Strip): Strip {
  const joined = new Float32Array((frames * bands) / JOINED_BANDS);
  for (let i = 0, at = 0; i < joined.length; i++) {
    let loudest = 0;
    for (const end = at + JOINED_BANDS; at < end; at++) if (levels[at]! > loudest) loudest = levels[at]!;
    joined[i] = loudest;
  }
  return { levels: joined, frames, bands: bands / JOINED_BANDS };
}

function stripOf(fingerprint: Fingerprint, wantedS: number): Strip {
  const [from, to] = soundingFrames(fingerprint);
  const merge = Math.max(1, Math.round(wantedS / fingerprint.frameS));
  const frames = Math.floor((to - from) / merge);
  if (merge === 1)
    return {
      levels: new Float32Array(fingerprint.levels.subarray(from * FINGERPRINT_BANDS, to * FINGERPRINT_BANDS)),
      frames,
      bands: FINGERPRINT_BANDS,
    };
  const levels = new Float32Array(frames * FINGERPRINT_BANDS);
  for (let frame = 0, at = 0; frame < frames; frame++) {
    for (let band = 0; band < FINGERPRINT_BANDS; band++, at++) {
      let energy = 0;
      for (let part = 0; part < merge; part++) {
        energy += ENERGY[fingerprint.levels[(from + frame * merge + part) * FINGERPRINT_BANDS + band]!]!;
      }
      levels[at] = 10 * STEPS_PER_DB * Math.log10(energy / merge);
    }
  }
  return { levels, frames, bands: FINGERPRINT_BANDS };
}

/** Room for the cells of two strips that lie over each other: fingerprints are compared by the hundred. */
let [xs, ys] = [new Float32Array(0), new Float32Array(0)];

/**
 * @param offset of the short one in frames of the long one
 * @param shift part of a frame by which the short one is heard later
 * @param most frames to look at
 */
function lookAt(long: Strip, short: Strip, offset: number, shift: number, most = Infinity): Similarity {
  const { bands } = long;
  const [start, end] = [Math.max(0, offset), Math.min(long.frames, offset + short.frames)];
  const edge = Math.min(EDGE_FRAMES, Math.floor((end - start) / 6));
  const from = start + edge;
  const to = Math.min(end - edge, offset + short.frames - (shift > 0 ? 1 : 0));
  const step = Math.max(1, Math.floor((to - from) / most));
  const cells = Math.max(0, Math.floor((to - from - 1) / step + 1)) * bands;
  if (xs.length < cells) [xs, ys] = [new Float32Array(cells), new Float32Array(cells)];
  const rises = shift === 0 ? null : risesOf(shift);
  let [loudX, loudY] = [-Infinity, -Infinity];
  for (let frame = from, at = 0; frame < to; frame += step) {
    let cell = (frame - offset) * bands;
    for (let other = frame * bands, last = other + bands; other < last; other++, cell++, at++) {
      const x = long.levels[other]!;
      let y = short.levels[cell]!;
      if (rises !== null) y = between(y, short.levels[cell + bands]!, rises);
      xs[at] = x;
      ys[at] = y;
      if (x > loudX) loudX = x;
      if (y > loudY) loudY = y;
    }
  }
  return { ...similarityOf(cells, loudX, loudY), frames: to - from };
}

/** Compares the first of the cells in `xs` and `ys`; changes both. */
function similarityOf(cells: number, loudX: number, loudY: number): Omit<Similarity, 'frames'> {
  const gain = gainOf(cells, loudX, loudY);
  const floor = Math.max(loudX, loudY + gain) - DYNAMICS_DB * STEPS_PER_DB;
  let [count, sumX, sumY] = [0, 0, 0];
  for (let i = 0; i < cells; i++) {
    let x = xs[i]!;
    let y = ys[i]! + gain;
    if (x <= floor && y <= floor) continue;
    if (x < floor) x = floor;
    if (y < floor) y = floor;
    xs[count] = x;
    ys[count] = y;
    sumX += x;
    sumY += y;
    count++;
  }
  const [meanX, meanY] = [sumX / count, sumY / count];
  let [xy, xx, yy, difference] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const x = xs[i]! - meanX;
    const y = ys[i]! - meanY;
    xy += x * y;
    xx += x * x;
    yy += y * y;
    difference += Math.abs(x - y);
  }
  return {
    differenceDb: count > 0 ? difference / count / STEPS_PER_DB : Infinity,
    correlation: xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0,
  };
}

/** How much louder the first is where both are loud. */
function gainOf(cells: number, loudX: number, loudY: number): number {
  const [leastX, leastY] = [loudX - LOUD_DB * STEPS_PER_DB, loudY - LOUD_DB * STEPS_PER_DB];
  let [sum, count] = [0, 0];
  for (let i = 0; i < cells; i++) {
    const x = xs[i]!;
    const y = ys[i]!;
    if (x < leastX || y < leastY) continue;
    sum += x - y;
    count++;
  }
  return count > 0 ? sum / count : loudX - loudY;
}

const energyOf = (level: number): number => 10 ** (level / (10 * STEPS_PER_DB));
const ENERGY = Float32Array.from({ length: 256 }, (_, level) => energyOf(level));

/** For a part of a frame: how much louder than the first of two levels it is there, by how far the second lies above it. */
const rises = new Map<number, Float32Array>();
const STEEPEST = 255;
function risesOf(part: number): Float32Array {
  let table = rises.get(part);
  if (!table) {
    const rise = (by: number): number => 10 * STEPS_PER_DB * Math.log10(1 - part + part * energyOf(by));
    table = Float32Array.from({ length: 2 * STEEPEST + 1 }, (_, i) => rise(i - STEEPEST));
    rises.set(part, table);
  }
  return table;
}

/** The level a part of a frame after the first. */
function between(first: number, second: number, table: Float32Array): number {
  const from = Math.round(first);
  return from + table[Math.round(second) - from + STEEPEST]!;
}
