import type { OnsetEnvelope } from './onsets.js';

/** An estimate with how sure it is, 0..1. */
export interface TempoEstimate {
  /** Beats per minute. */
  bpm: number;
  /** That there is a beat, and that this or its half or double is its tempo. */
  confidence: number;
  /** The length of the sound is a whole number of beats. */
  isLoop: boolean;
}

const SLOWEST_BPM = 55;
const FASTEST_BPM = 215;
/** Tempo is looked for in steps of this ratio. */
const STEP = 1.002;
/** Beats, halves and quarters of them: where onsets fall when there is a beat. */
const LEVELS = [1, 2, 4] as const;
/** Long sounds are looked at in pieces, so that a beat that drifts is a beat still. Seconds. */
const PIECE_S = 12;
/** The tempo that most people tap, and how far from it they do: standard deviations in octaves for finding and for choosing the octave. */
const USUAL_BPM = 115;
const FINDING_OCTAVES = 1;
const NAMING_OCTAVES = 0.5;
/** With fewer onsets anything looks regular. */
const FEWEST_ONSETS = 5;
/** Of the onsets' strength, what at least falls together. */
const LEAST_CONCENTRATION = 0.45;
const LEAST_CONFIDENCE = 0.9;

/** A loop is at most this long; its length is a whole number of beats. */
const LONGEST_LOOP_S = 40;
/** A sound whose end is no quieter than this against its mean was cut off there: by someone who made a loop. */
const CUT_OFF_DB = -12;
/** Beats that a loop may have, and how well its onsets must then fit, as a share of the best fit of all. */
const LOOP_BEATS = [
  { beats: [2, 4, 8, 16, 32, 64], fit: 0.9 },
  { beats: [3, 6, 12, 24, 48], fit: 0.97 },
] as const;

interface Onset {
  timeS: number;
  weight: number;
}

/**
 * The tempo of a sound, or null where there is no beat. A tempo fits when onsets fall together on its beats, halves or
 * quarters (the resultant of their phases, as in Grosche's Fourier tempogram); whether that can be chance is told by
 * Rayleigh's test. Where the length of the sound is a whole number of beats of about the best tempo, it is a loop, and
 * its length gives the tempo exactly.
 * @param durationS length of the sound; of a long one the envelope holds the beginning only
 */
export function estimateTempo(
  { strength, rateHz, endLevelDb }: OnsetEnvelope,
  durationS: number,
): TempoEstimate | null {
  const onsets = onsetsOf(strength, rateHz);
  if (onsets.length < FEWEST_ONSETS) return null;
  const pieces = piecesOf(onsets, strength.length / rateHz);
  const fitOf = (bpm: number): number =>
    LEVELS.reduce((sum, level) => sum + concentration(pieces, (level * bpm) / 60), 0) / LEVELS.length;

  const free = best(candidates(), (bpm) => fitOf(bpm) * (0.75 + 0.25 * usual(bpm, FINDING_OCTAVES)));
  const loop = durationS <= LONGEST_LOOP_S ? asLoop(durationS, fitOf, free) : null;
  const found = loop ?? free;

  const span = Math.min(durationS, strength.length / rateHz);
  // As many tempi as can be told apart are given a chance to fit by accident; of loops there are few.
  const chances =
    LEVELS.length * (loop === null ? (FASTEST_BPM / 60) * Math.min(span, PIECE_S) : endLevelDb > CUT_OFF_DB ? 1 : 5);
  const evidence = Math.max(...LEVELS.map((level) => rayleigh(pieces, (level * found) / 60)));
  const together = Math.max(...LEVELS.map((level) => concentration(pieces, (level * found) / 60)));
  const confidence = 1 - Math.min(1, chances * Math.exp(-evidence));
  if (confidence < LEAST_CONFIDENCE || together < LEAST_CONCENTRATION) return null;

  const octaves = [found / 2, found, found * 2].filter((bpm) => bpm >= SLOWEST_BPM && bpm <= FASTEST_BPM);
  const named = best(octaves, (bpm) => (0.5 + fitOf(bpm)) * usual(bpm, NAMING_OCTAVES));
  return { bpm: Math.round(named * 10) / 10, confidence: Math.round(confidence * 100) / 100, isLoop: loop !== null };
}

function asLoop(durationS: number, fitOf: (bpm: number) => number, free: number): number | null {
  const whole = LOOP_BEATS.flatMap(({ beats, fit }) => beats.map((count) => ({ bpm: (60 * count) / durationS, fit })));
  const fitting = whole.filter(
    ({ bpm, fit }) => bpm >= SLOWEST_BPM && bpm <= FASTEST_BPM && fitOf(bpm) >= fit * fitOf(free),
  );
  if (fitting.length === 0) return null;
  return best(
    fitting.map(({ bpm }) => bpm),
    (bpm) => fitOf(bpm) * (0.75 + 0.25 * usual(bpm, FINDING_OCTAVES)),
  );
}

/** Peaks of the envelope: when, and how strong; no peak counts more than twice the mean. */
function onsetsOf(strength: Float32Array, rateHz: number): Onset[] {
  const LEAST_RISE_DB = 1.5;
  const reach = Math.round(0.05 * rateHz);
  const onsets: Onset[] = [];
  let last = -Infinity;
  for (let i = 0; i < strength.length; i++) {
    const value = strength[i]!;
    if (value < LEAST_RISE_DB || i - last < reach) continue;
    const around = strength.subarray(Math.max(0, i - reach), i + reach + 1);
    if (around.some((other) => other > value)) continue;
    last = i;
    // The top of the parabola through the peak and its neighbours.
    const [before, after] = [strength[i - 1] ?? 0, strength[i + 1] ?? 0];
    const curve = 2 * value - before - after;
    onsets.push({ timeS: (i + (curve > 0 ? (after - before) / (2 * curve) : 0)) / rateHz, weight: value });
  }
  const mean = onsets.reduce((sum, { weight }) => sum + weight, 0) / Math.max(1, onsets.length);
  return onsets.map(({ timeS, weight }) => ({ timeS, weight: Math.sqrt(Math.min(weight, 2 * mean)) }));
}

function piecesOf(onsets: readonly Onset[], spanS: number): Onset[][] {
  const count = Math.max(1, Math.round(spanS / PIECE_S));
  const pieces = Array.from({ length: count }, (): Onset[] => []);
  for (const onset of onsets) pieces[Math.min(count - 1, Math.floor((onset.timeS / spanS) * count))]!.push(onset);
  return pieces.filter((piece) => piece.length > 0);
}

/** Length of the sum of the onsets as vectors that turn with the frequency, and their sum of weights. */
function resultant(piece: readonly Onset[], hz: number): number {
  let re = 0;
  let im = 0;
  for (const { timeS, weight } of piece) {
    const angle = 2 * Math.PI * hz * timeS;
    re += weight * Math.cos(angle);
    im += weight * Math.sin(angle);
  }
  return Math.hypot(re, im);
}

const weightOf = (piece: readonly Onset[]): number => piece.reduce((sum, { weight }) => sum + weight, 0);

/** How far onsets fall together at a frequency, 0..1, over all pieces. */
function concentration(pieces: readonly Onset[][], hz: number): number {
  let sum = 0;
  let all = 0;
  for (const piece of pieces) {
    sum += resultant(piece, hz);
    all += weightOf(piece);
  }
  return sum / all;
}

/** Rayleigh's statistic; where onsets are random, it exceeds z with a probability of about e^-z. */
function rayleigh(pieces: readonly Onset[][], hz: number): number {
  const sum = pieces.reduce((total, piece) => {
    const squares = piece.reduce((of, { weight }) => of + weight * weight, 0);
    return total + resultant(piece, hz) ** 2 / squares;
  }, 0);
  return (sum - pieces.length) / Math.sqrt(pieces.length) + 1;
}

const usual = (bpm: number, octaves: number): number => Math.exp(-0.5 * (Math.log2(bpm / USUAL_BPM) / octaves) ** 2);

function* candidates(): Generator<number> {
  for (let bpm = SLOWEST_BPM; bpm <= FASTEST_BPM; bpm *= STEP) yield bpm;
}

function best(values: Iterable<number>, scoreOf: (value: number) => number): number {
  let [found, highest] = [0, -Infinity];
  for (const value of values) {
    const score = scoreOf(value);
    if (score > highest) [found, highest] = [value, score];
  }
  return found;
}
