import { LAYOUT, RHYTHM_STEPS } from '../../domain/analysis/aspects.types.js';
import type { OnsetEnvelope } from './onsets.js';

const STEPS = LAYOUT.rhythm.size;
/** The slowest repetition that is looked for: one in two seconds. */
const SLOWEST_HZ = 0.5;
/** A sound is heard in pieces of this length, so that a tempo that drifts is still one. */
const PIECE_S = 12;
/** Onsets weaker than this share of the strongest are not counted as such. */
const ONSET_SHARE = 0.2;
const FEWEST_ONSETS = 4;
/** Onsets nearer than this are one. */
const APART_S = 0.06;

/**
 * How strongly what begins in a sound repeats at each rate from 0.5 Hz up, an eighth of an octave apart: the magnitudes of the
 * Fourier transform of its onsets (a tempogram, summed over time). The same pattern played faster is the same picture further up.
 * @returns null where less than four things begin
 */
export function rhythmOf({ strength, rateHz }: OnsetEnvelope): Float32Array | null {
  if (onsetsIn(strength, rateHz) < FEWEST_ONSETS) return null;
  const piece = Math.round(PIECE_S * rateHz);
  const pieces = Math.max(1, Math.round(strength.length / piece));
  const rhythm = new Float32Array(STEPS);
  for (let at = 0; at < pieces; at++) {
    const from = Math.floor((at * strength.length) / pieces);
    const to = Math.floor(((at + 1) * strength.length) / pieces);
    const part = windowed(strength.subarray(from, to));
    for (let step = 0; step < STEPS; step++) {
      rhythm[step]! += magnitude(part, (SLOWEST_HZ * 2 ** (step / RHYTHM_STEPS)) / rateHz);
    }
  }
  const sum = rhythm.reduce((total, value) => total + value, 0);
  return sum > 0 ? rhythm.map((value) => value / sum) : null;
}

/** Under a Hann window: what is cut off at the ends is no rhythm. */
const windowed = (values: Float32Array): Float64Array =>
  Float64Array.from(values, (value, i) => value * (0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / values.length)));

/** @param turns of the phase from one value to the next */
function magnitude(values: Float64Array, turns: number): number {
  const angle = 2 * Math.PI * turns;
  const [stepRe, stepIm] = [Math.cos(angle), Math.sin(angle)];
  let [re, im, sumRe, sumIm] = [1, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    sumRe += value * re;
    sumIm += value * im;
    [re, im] = [re * stepRe - im * stepIm, re * stepIm + im * stepRe];
  }
  return Math.hypot(sumRe, sumIm);
}

function onsetsIn(strength: Float32Array, rateHz: number): number {
  const strongest = strength.reduce((most, value) => Math.max(most, value), 0);
  if (strongest === 0) return 0;
  const apart = Math.round(APART_S * rateHz);
  let count = 0;
  let last = -Infinity;
  for (let i = 0; i < strength.length; i++) {
    const value = strength[i]!;
    if (value < ONSET_SHARE * strongest || value < (strength[i - 1] ?? 0) || value <= (strength[i + 1] ?? 0)) continue;
    if (i - last < apart) continue;
    last = i;
    count++;
  }
  return count;
}
