import type { AcousticPrint } from './copies.types.js';

const BANDS = 24;
const STEPS_PER_DB = 2;
/** What is this far below the loudest counts as silence: codecs change it. Decibels. */
const DYNAMICS_DB = 50;
/** Of the longer sound at least this much must be in the other one as well. */
const LEAST_OVERLAP = 0.55;
/** Offsets that the loudness speaks for and that are compared in all bands. */
const CLOSE_LOOKS = 4;
/** Fewer frames of sound than these tell too little. */
const FEWEST_FRAMES = 3;
const EMPTY = 255 - STEPS_PER_DB * DYNAMICS_DB;

/** How two prints compare where they lie best over each other. */
export interface Likeness {
  /** Mean difference over time and bands once the difference in level is taken away, dB. */
  differenceDb: number;
  /** How much of what one sound does over time and bands the other does too, -1..1. */
  correlation: number;
  /** Share of the longer sound that was compared. */
  overlap: number;
  frames: number;
}

/** The part of a print between its first and last sound, at a given pace. */
interface Strip {
  levels: Float32Array;
  loudness: Float32Array;
  frames: number;
}

/** Null where the lengths alone say that neither is a copy of the other. */
export function compare(a: AcousticPrint, b: AcousticPrint): Likeness | null {
  const frameS = Math.max(a.frameS, b.frameS);
  let [long, short] = [stripOf(a, frameS), stripOf(b, frameS)];
  if (long.frames < short.frames) [long, short] = [short, long];
  const least = Math.max(FEWEST_FRAMES, Math.ceil(LEAST_OVERLAP * long.frames));
  if (short.frames < least) return null;
  const offsets: { offset: number; distance: number }[] = [];
  for (let offset = least - short.frames; offset <= long.frames - least; offset++) {
    offsets.push({ offset, distance: loudnessDistance(long, short, offset) });
  }
  offsets.sort((x, y) => x.distance - y.distance);
  return offsets
    .slice(0, CLOSE_LOOKS)
    .map(({ offset }) => closeLook(long, short, offset))
    .reduce((best, other) => (other.differenceDb < best.differenceDb ? other : best));
}

/** Whether it is the same sound: encoded anew, cut, at another level. Different takes, notes and hits are not. */
export function isCopy({ differenceDb, correlation, frames }: Likeness): boolean {
  return frames >= FEWEST_FRAMES && differenceDb <= 2 && correlation >= 0.96;
}

function stripOf({ levels, frameS }: AcousticPrint, wantedS: number): Strip {
  const merge = Math.max(1, Math.round(wantedS / frameS));
  const all = Math.floor(levels.length / BANDS / merge) || (levels.length > 0 ? 1 : 0);
  const merged = new Float32Array(all * BANDS);
  for (let frame = 0; frame < all; frame++) {
    for (let band = 0; band < BANDS; band++) {
      let sum = 0;
      for (let part = 0; part < merge; part++) {
        sum += 10 ** ((levels[(frame * merge + part) * BANDS + band] ?? 0) / (10 * STEPS_PER_DB));
      }
      merged[frame * BANDS + band] = 10 * STEPS_PER_DB * Math.log10(sum / merge);
    }
  }
  const peak = (frame: number): number => Math.max(...merged.subarray(frame * BANDS, (frame + 1) * BANDS));
  let first = 0;
  let last = all - 1;
  while (first < last && peak(first) < EMPTY + 20) first++;
  while (last > first && peak(last) < EMPTY + 20) last--;
  const frames = all === 0 ? 0 : last - first + 1;
  const kept = merged.subarray(first * BANDS, (first + frames) * BANDS).map((level) => Math.max(EMPTY, level));
  const loudness = Float32Array.from({ length: frames }, (_, frame) => {
    let sum = 0;
    for (let band = 0; band < BANDS; band++) sum += kept[frame * BANDS + band]!;
    return sum / BANDS;
  });
  return { levels: kept, loudness, frames };
}

const span = (long: Strip, short: Strip, offset: number): [from: number, to: number] => [
  Math.max(0, offset),
  Math.min(long.frames, offset + short.frames),
];

function loudnessDistance(long: Strip, short: Strip, offset: number): number {
  const [from, to] = span(long, short, offset);
  let [sum, squares] = [0, 0];
  for (let t = from; t < to; t++) {
    const difference = long.loudness[t]! - short.loudness[t - offset]!;
    sum += difference;
    squares += difference * difference;
  }
  const count = to - from;
  return squares / count - (sum / count) ** 2;
}

function closeLook(long: Strip, short: Strip, offset: number): Likeness {
  const [from, to] = span(long, short, offset);
  const a = long.levels.subarray(from * BANDS, to * BANDS);
  const b = short.levels.subarray((from - offset) * BANDS, (to - offset) * BANDS);
  const heard = Array.from(a.keys()).filter((i) => a[i]! > EMPTY || b[i]! > EMPTY);
  const mean = (values: Float32Array): number => heard.reduce((sum, i) => sum + values[i]!, 0) / heard.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb, difference] = [0, 0, 0, 0];
  for (const i of heard) {
    const [x, y] = [a[i]! - meanA, b[i]! - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
    difference += Math.abs(x - y);
  }
  return {
    differenceDb: heard.length > 0 ? difference / heard.length / STEPS_PER_DB : Infinity,
    correlation: aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0,
    overlap: (to - from) / long.frames,
    frames: to - from,
  };
}
