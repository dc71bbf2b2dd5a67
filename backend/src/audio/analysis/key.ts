import { STEPS, type PitchClasses } from './pitch-classes.js';

export interface KeyEstimate {
  /** As in `C`, `F#`, `Am`, `Bbm`. */
  key: string;
  /** 0..1. */
  confidence: number;
}

const NOTES = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B'];
/** How often each degree occurs in music of a key (Albrecht and Shanahan, Music Perception 31, 2013). */
const MAJOR = [0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.08, 0.008, 0.081];
const MINOR = [0.22, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052];

/** Shorter sounds are notes or hits. Seconds. */
const SHORTEST_S = 1.5;
const LEAST_TONALITY = 0.45;
/** Where one pitch class has more than this share, there is a note and no key. */
const MOST_OF_ONE = 0.55;
const LEAST_CORRELATION = 0.735;
const LEAST_CONFIDENCE = 0.3;

/** The key of a sound, or null where it has none: noise, percussion, single notes. */
export function estimateKey(pitches: PitchClasses, durationS: number): KeyEstimate | null {
  if (durationS < SHORTEST_S || pitches.tonality < LEAST_TONALITY) return null;
  const chroma = chromaOf(pitches.histogram);
  if (Math.max(...chroma) > MOST_OF_ONE) return null;
  const ranked = rankKeys(chroma);
  const [first, second] = ranked as [RankedKey, RankedKey];
  const confidence = Math.min(1, (first.correlation - second.correlation) / 0.2);
  if (first.correlation < LEAST_CORRELATION || confidence < LEAST_CONFIDENCE) return null;
  return { key: first.key, confidence: Math.round(confidence * 100) / 100 };
}

interface RankedKey {
  key: string;
  correlation: number;
}

function rankKeys(chroma: readonly number[]): RankedKey[] {
  return NOTES.flatMap((note, tonic) => {
    const turned = chroma.map((_, degree) => chroma[(tonic + degree) % 12]!);
    return [
      { key: note, correlation: correlation(turned, MAJOR) },
      { key: `${note}m`, correlation: correlation(turned, MINOR) },
    ];
  }).sort((a, b) => b.correlation - a.correlation);
}

/** Twelve pitch classes, with semitone borders where the sound is tuned: the shift that leaves least between the notes. */
export function chromaOf(histogram: Float64Array): number[] {
  const perNote = STEPS / 12;
  const half = perNote / 2;
  let chroma: number[] = [];
  let sharpest = -1;
  for (let shift = -half; shift < half; shift++) {
    const folded = Array.from({ length: 12 }, () => 0);
    let sharpness = 0;
    histogram.forEach((weight, step) => {
      const place = (step - shift + STEPS + half) % STEPS;
      folded[Math.floor(place / perNote)]! += weight;
      const offset = (place % perNote) - half;
      sharpness += weight * Math.cos((2 * Math.PI * offset) / perNote);
    });
    if (sharpness > sharpest) [sharpest, chroma] = [sharpness, folded];
  }
  return chroma;
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    const [x, y] = [value - meanA, b[i]! - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  });
  return aa > 0 ? ab / Math.sqrt(aa * bb) : 0;
}
