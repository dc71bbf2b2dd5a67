import type { ModelInfo } from '../ingest/ingest.ports.js';
import type { Background, Verdict } from './search.types.js';

/** Turns a raw cosine into log odds of being what was meant; relevance is their logistic function. */
export interface Scale {
  logit(cosine: number): number;
  /** Cosine of an average sound. */
  mean: number;
}

/**
 * The top relevance from which a search counts as answered well, and below which as not at all: the best of a whole library
 * stands out by chance, so words ask for more than half. For words a model's calibration may say its own
 * (`npm run bench -- honesty` measures them).
 */
const VERDICT_FROM = {
  words: { good: 0.78, weak: 0.65 },
  examples: { good: 0.55, weak: 0.25 },
} as const;
export type QueryKind = keyof typeof VERDICT_FROM;

/** With this many sounds the library's own scores weigh as much as those of the model's background. */
const LIBRARY_HALF_WEIGHT = 300;
/** A library may be all of one kind: its scores move the mean by so many deviations at most, and the deviation by such factors. */
const MAX_MEAN_SHIFT = 1;
const MIN_STD_FACTOR = 0.6;
const MAX_STD_FACTOR = 1.25;
/** How sharply relevance rises half-way between an average sound (0.01) and the same sound (0.99). */
const SIMILARITY_SLOPE = 10;

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** What each vector's cosines with a background were: a text that is searched for again has the same vector. */
const known = new WeakMap<Float32Array, { cohort: Float32Array; background: Background }>();

/** The query's cosines with the model's background: `cohort` holds rows of the query's length, null stands for none. */
export function cohortBackground(
  query: Float32Array,
  cohort: Float32Array | null,
  calibration: ModelInfo['calibration'],
): Background {
  const dimension = query.length;
  const count = cohort ? Math.floor(cohort.length / dimension) : 0;
  if (!cohort || count < 2) return { mean: calibration.mean, std: calibration.std, count: 0 };
  const before = known.get(query);
  if (before?.cohort === cohort) return before.background;
  let sum = 0;
  let squares = 0;
  const add = (score: number): void => {
    sum += score;
    squares += score * score;
  };
  let row = 0;
  // Four at a time: none has to wait for the sum of another.
  for (; row + 4 <= count; row += 4) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0, at = row * dimension; i < dimension; i++, at++) {
      const number = query[i]!;
      a += number * cohort[at]!;
      b += number * cohort[at + dimension]!;
      c += number * cohort[at + 2 * dimension]!;
      d += number * cohort[at + 3 * dimension]!;
    }
    [a, b, c, d].forEach(add);
  }
  for (; row < count; row++) {
    let score = 0;
    for (let i = 0, at = row * dimension; i < dimension; i++, at++) score += query[i]! * cohort[at]!;
    add(score);
  }
  const mean = sum / count;
  const background = { mean, std: Math.sqrt(Math.max(1e-12, squares / count - mean * mean)), count };
  known.set(query, { cohort, background });
  return background;
}

/**
 * What to expect of unrelated sounds: the model's background, moved towards the library's own scores the more sounds it
 * holds. Those include the sounds that were meant, so they may move it only so far.
 */
export function combinedBackground(cohort: Background, library: Background): Background {
  const share = library.count / (library.count + LIBRARY_HALF_WEIGHT);
  const shift = clamp(library.mean - cohort.mean, -MAX_MEAN_SHIFT * cohort.std, MAX_MEAN_SHIFT * cohort.std);
  const factor = clamp(library.std / cohort.std, MIN_STD_FACTOR, MAX_STD_FACTOR);
  return {
    mean: cohort.mean + share * shift,
    std: cohort.std * (1 + share * (factor - 1)),
    count: cohort.count + library.count,
  };
}

/**
 * For queries with words: how far above unrelated sounds, by the model's calibration. What is unrelated is told by the
 * query's own background, and to the share `rawShare` by the scores of all queries together: the first alone flatters a
 * query that fits nothing (its few accidental likes stand out from very low scores), the second alone one whose words
 * fit everything a little.
 */
export function wordScale(background: Background, calibration: ModelInfo['calibration']): Scale {
  const { relevantZ, slope, rawShare = 0 } = calibration;
  return {
    mean: background.mean,
    logit: (score) => {
      const own = (score - background.mean) / background.std;
      const all = (score - calibration.mean) / calibration.std;
      return slope * ((1 - rawShare) * own + rawShare * all - relevantZ);
    },
  };
}

/** For queries that are sounds: where between an average sound and the very same. */
export function similarityScale(background: Background): Scale {
  const mean = clamp(background.mean, 0, 0.9);
  return { mean, logit: (score) => SIMILARITY_SLOPE * ((score - mean) / (1 - mean) - 0.5) };
}

/** What people are shown: half from where something may fit, three quarters from where it does, whatever model and query. */
const SHOWN = { weak: 0.5, good: 0.75 };

/** The relevance 0..1 as it is shown: with that of the best one its verdict can be told, see {@link SHOWN}. Keeps the order. */
export function shownRelevance(
  relevance: number,
  kind: QueryKind,
  calibration: Pick<ModelInfo['calibration'], 'verdictFrom'> = {},
): number {
  const { good, weak } = thresholds(kind, calibration);
  if (relevance >= good) return between(relevance, good, 1, SHOWN.good, 1);
  if (relevance >= weak) return between(relevance, weak, good, SHOWN.weak, SHOWN.good);
  return between(relevance, 0, weak, 0, SHOWN.weak);
}

const between = (value: number, from: number, to: number, low: number, high: number): number =>
  low + ((high - low) * (value - from)) / (to - from);

export function verdictFor(
  topRelevance: number,
  kind: QueryKind,
  calibration: Pick<ModelInfo['calibration'], 'verdictFrom'> = {},
): Verdict {
  const { good, weak } = thresholds(kind, calibration);
  if (topRelevance >= good) return 'good';
  return topRelevance >= weak ? 'weak' : 'none';
}

const thresholds = (
  kind: QueryKind,
  { verdictFrom }: Pick<ModelInfo['calibration'], 'verdictFrom'>,
): { good: number; weak: number } => (kind === 'words' ? verdictFrom : undefined) ?? VERDICT_FROM[kind];

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
