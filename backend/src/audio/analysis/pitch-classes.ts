import { createFrameReader } from './frames.js';

/** Frames long enough to tell semitones apart from C2 up. */
const FRAME_S = 0.68;
const LOWEST_HZ = 60;
const HIGHEST_HZ = 2100;
/** Steps of an octave in which pitches are counted: ten cents each. */
export const STEPS = 120;
/** Peaks this far below the loudest of their frame are left out. */
const DYNAMICS_DB = 40;
/** A peak stands out this much from what lies a semitone beside it. */
const LEAST_PROMINENCE_DB = 12;
/** Frames this far below the loudest are silence. */
const FRAME_DYNAMICS_DB = 45;
/** A partial may be an overtone: it counts for the notes it could belong to, the less the higher it would be. */
const OVERTONES = 5;
const OVERTONE_DECAY = 0.5;
/** Of the energy of the highest peak: the lowest one that has it is how high a frame is. */
const STRONG = 0.1;

/** What pitches a sound has, all octaves in one. */
export interface PitchClasses {
  /** Weight of each step of ten cents from C up; sums to 1, or to 0 where there is no pitch. */
  histogram: Float64Array;
  /** Share of the energy that is in narrow peaks, 0..1: near 1 for tones, near 0 for noise. */
  tonality: number;
  /** Mean height of the lowest strong peak of each frame, octaves above 55 Hz; null where there is no pitch. */
  height: number | null;
}

/** Collects pitch classes from spectral peaks while samples stream by, in constant memory. */
export function createPitchReader(rateHz: number) {
  const size = 2 ** Math.round(Math.log2(FRAME_S * rateHz));
  const hzPerBin = rateHz / size;
  const first = Math.ceil(LOWEST_HZ / hzPerBin);
  const last = Math.floor(Math.min(HIGHEST_HZ, 0.45 * rateHz) / hzPerBin);
  const histogram = new Float64Array(STEPS);
  let loudest = 0;
  let tonal = 0;
  let all = 0;
  let heights = 0;
  let heightWeights = 0;

  const reader = createFrameReader({ size, hop: size / 2 }, (power) => {
    let highest = 0;
    let energy = 0;
    for (let bin = first; bin <= last; bin++) {
      energy += power[bin]!;
      if (power[bin]! > highest) highest = power[bin]!;
    }
    if (energy > loudest) loudest = energy;
    if (energy === 0 || energy < loudest * 10 ** (-FRAME_DYNAMICS_DB / 10)) return;
    all += Math.sqrt(energy);
    let inPeaks = 0;
    let lowestHz = 0;
    const least = highest * 10 ** (-DYNAMICS_DB / 10);
    for (let bin = first; bin <= last; bin++) {
      if (power[bin]! < least || !isPeak(power, bin)) continue;
      const around = power[bin - 1]! + power[bin]! + power[bin + 1]!;
      inPeaks += around;
      if (lowestHz === 0 && power[bin]! >= highest * STRONG) lowestHz = refined(power, bin) * hzPerBin;
      count(refined(power, bin) * hzPerBin, Math.sqrt(power[bin]!) ** 0.7 * loudness(energy, loudest));
    }
    tonal += Math.sqrt(energy) * Math.min(1, inPeaks / energy);
    if (lowestHz === 0) return;
    const weight = Math.sqrt(inPeaks);
    heights += weight * Math.log2(lowestHz / 55);
    heightWeights += weight;
  });

  const count = (hz: number, weight: number): void => {
    for (let overtone = 1, share = weight; overtone <= OVERTONES; overtone++, share *= OVERTONE_DECAY) {
      const octaves = Math.log2(hz / overtone / 261.6256);
      const step = Math.round((octaves - Math.floor(octaves)) * STEPS) % STEPS;
      histogram[step] = histogram[step]! + share;
    }
  };

  return {
    push: (samples: Float32Array): void => reader.push(samples),
    finish(): PitchClasses {
      reader.finish();
      const sum = histogram.reduce((total, weight) => total + weight, 0);
      return {
        histogram: sum > 0 ? histogram.map((weight) => weight / sum) : histogram,
        tonality: all > 0 ? tonal / all : 0,
        height: heightWeights > 0 ? heights / heightWeights : null,
      };
    },
  };
}

/** Quiet parts count less, but they count. */
const loudness = (energy: number, loudest: number): number => (energy / loudest) ** 0.15;

/** A maximum that stands out from both sides within a semitone or four bins. */
function isPeak(power: Float64Array, bin: number): boolean {
  const value = power[bin]!;
  if (value < power[bin - 1]! || value <= power[bin + 1]!) return false;
  const reach = Math.max(4, Math.round(bin * 0.04));
  const below = value * 10 ** (-LEAST_PROMINENCE_DB / 10);
  let [left, right] = [Infinity, Infinity];
  for (let i = 2; i <= reach; i++) {
    left = Math.min(left, power[bin - i] ?? 0);
    right = Math.min(right, power[bin + i] ?? 0);
  }
  return left < below && right < below;
}

/** Position of a peak between bins, from the parabola through the logarithms. */
function refined(power: Float64Array, bin: number): number {
  const [a, b, c] = [power[bin - 1]!, power[bin]!, power[bin + 1]!].map((value) => Math.log(value + 1e-20)) as [
    number,
    number,
    number,
  ];
  const curve = a - 2 * b + c;
  return curve === 0 ? bin : bin + (a - c) / (2 * curve);
}
