import { PRINT_BANDS, STEPS_PER_DB, type AcousticPrint } from './copies.types.js';
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
/** Offsets that are compared frame by frame. */
const CLOSE_LOOKS = 3;
/** Parts of a frame by which a sound is shifted besides. */
const SHIFTS = [-0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75];
/** Frames at both ends that reach beyond a cut. */
const EDGE_FRAMES = 2;

/** How two prints compare where they lie best over each other. */
export interface Likeness {
  /** Mean difference over time and bands once the difference in level is taken away, dB. */
  differenceDb: number;
  /** How much of what one sound does over time and bands the other does too, -1..1. */
  correlation: number;
  /** Frames that were compared. */
  frames: number;
}

/** The part of a print between its first and last sound, at a given pace; levels in half decibels. */
interface Strip {
  levels: Float32Array;
  frames: number;
}

/** Whether it is the same sound: encoded anew, cut, at another level. Different takes, notes and hits are not. */
export function isCopy(a: AcousticPrint, b: AcousticPrint): boolean {
  const likeness = compare(a, b);
  if (likeness === null) return false;
  const { differenceDb, correlation, frames } = likeness;
  return frames >= FEWEST_FRAMES && differenceDb <= LIMIT_DB && correlation >= LEAST_CORRELATION;
}

/** Null where the lengths alone say that neither is a copy of the other. */
export function compare(a: AcousticPrint, b: AcousticPrint): Likeness | null {
  const frameS = Math.max(a.frameS, b.frameS);
  let [long, short] = [stripOf(a, frameS), stripOf(b, frameS)];
  if (long.frames < short.frames) [long, short] = [short, long];
  const least = Math.max(FEWEST_FRAMES, Math.ceil(LEAST_OVERLAP * long.frames));
  if (short.frames < least) return null;
  const first = least - short.frames;
  const rough = Float32Array.from(
    { length: long.frames - least - first + 1 },
    (_, i) => lookAt(long, short, first + i, 0, ROUGH_FRAMES).differenceDb,
  );
  return Array.from(rough.keys())
    .filter((i) => !(rough[i - 1]! < rough[i]!) && !(rough[i + 1]! < rough[i]!))
    .sort((i, j) => rough[i]! - rough[j]!)
    .slice(0, CLOSE_LOOKS)
    .flatMap((i) => SHIFTS.map((by) => lookAt(long, short, first + i + Math.floor(by), by - Math.floor(by))))
    .reduce((best, other) => (other.differenceDb < best.differenceDb ? other : best));
}

function stripOf(print: AcousticPrint, wantedS: number): Strip {
  const [from, to] = soundingFrames(print);
  const merge = Math.max(1, Math.round(wantedS / print.frameS));
  const frames = Math.floor((to - from) / merge);
  const levels = new Float32Array(frames * PRINT_BANDS);
  for (let i = 0; i < levels.length; i++) {
    const [frame, band] = [Math.floor(i / PRINT_BANDS), i % PRINT_BANDS];
    let energy = 0;
    for (let part = 0; part < merge; part++) {
      energy += ENERGY[print.levels[(from + frame * merge + part) * PRINT_BANDS + band]!]!;
    }
    levels[i] = levelOf(energy / merge);
  }
  return { levels, frames };
}

/**
 * @param offset of the short one in frames of the long one
 * @param shift part of a frame by which the short one is heard later
 * @param most frames to look at
 */
function lookAt(long: Strip, short: Strip, offset: number, shift: number, most = Infinity): Likeness {
  const [start, end] = [Math.max(0, offset), Math.min(long.frames, offset + short.frames)];
  const edge = Math.min(EDGE_FRAMES, Math.floor((end - start) / 6));
  const from = start + edge;
  const to = Math.min(end - edge, offset + short.frames - (shift > 0 ? 1 : 0));
  const step = Math.max(1, Math.floor((to - from) / most));
  const cells = Math.max(0, Math.floor((to - from - 1) / step + 1)) * PRINT_BANDS;
  const [xs, ys] = [new Float32Array(cells), new Float32Array(cells)];
  for (let frame = from, at = 0; frame < to; frame += step) {
    for (let band = 0; band < PRINT_BANDS; band++, at++) {
      const cell = (frame - offset) * PRINT_BANDS + band;
      const level = short.levels[cell]!;
      xs[at] = long.levels[frame * PRINT_BANDS + band]!;
      ys[at] = shift === 0 ? level : between(level, short.levels[cell + PRINT_BANDS]!, shift);
    }
  }
  return { ...likenessOf(xs, ys), frames: to - from };
}

/** Compares levels cell by cell; changes both arrays. */
function likenessOf(xs: Float32Array, ys: Float32Array): Omit<Likeness, 'frames'> {
  const [loudX, loudY] = [loudestOf(xs), loudestOf(ys)];
  const gain = gainOf(xs, ys, loudX, loudY);
  const floor = Math.max(loudX, loudY + gain) - DYNAMICS_DB * STEPS_PER_DB;
  let [count, sumX, sumY] = [0, 0, 0];
  for (let i = 0; i < xs.length; i++) {
    const x = Math.max(floor, xs[i]!);
    const y = Math.max(floor, ys[i]! + gain);
    if (x === floor && y === floor) continue;
    xs[count] = x;
    ys[count] = y;
    sumX += x;
    sumY += y;
    count++;
  }
  let [xy, xx, yy, difference] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [x, y] = [xs[i]! - sumX / count, ys[i]! - sumY / count];
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
function gainOf(xs: Float32Array, ys: Float32Array, loudX: number, loudY: number): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < xs.length; i++) {
    if (xs[i]! < loudX - LOUD_DB * STEPS_PER_DB || ys[i]! < loudY - LOUD_DB * STEPS_PER_DB) continue;
    sum += xs[i]! - ys[i]!;
    count++;
  }
  return count > 0 ? sum / count : loudX - loudY;
}

const loudestOf = (levels: Float32Array): number => levels.reduce((most, level) => Math.max(most, level), -Infinity);

const ENERGY = Float32Array.from({ length: 256 }, (_, level) => 10 ** (level / (10 * STEPS_PER_DB)));
const levelOf = (energy: number): number => 10 * STEPS_PER_DB * Math.log10(energy);

/** The level a part of a frame after the first. */
const between = (first: number, second: number, part: number): number =>
  levelOf((1 - part) * ENERGY[Math.round(first)]! + part * ENERGY[Math.round(second)]!);
