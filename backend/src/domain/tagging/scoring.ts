import type { ModelInfo } from '../ingest/ingest.ports.js';
import { cohortBackground, sigmoid } from '../search/relevance.js';
import type { Background } from '../search/search.types.js';
import { cosine } from '../search/vectors.js';
import type { AutoTag } from './tagging.types.js';

/** A word as the model understands it, with how it scores an average sound. */
export interface HeardWord {
  name: string;
  /** L2-normalised. */
  vector: Float32Array;
  background: Background;
}

export const MAX_TAGS = 5;
/** From this confidence on a word becomes a tag. */
export const MIN_CONFIDENCE = 0.5;
/**
 * A model is calibrated as if one sound in ten fitted a query. Of the words of a vocabulary about one in fifty fits a sound:
 * that lowers the odds by this much (logit of 1/10 less logit of 1/50).
 */
const RARITY = 1.7;
/** The same for the tags of a whole sound, for which words are also measured by each other, see {@link amongWords}. */
const TAG_RARITY = 1.3;
/** Words further than this behind the best one (in deviations) are only along for the ride. */
export const MAX_BEHIND = 0.75;
const TAG_MAX_BEHIND = 0.5;
/** How much it counts that a word fits a sound better than other words do, beside that it fits it better than other sounds. */
const AMONG_WORDS = 0.75;
/** Fewer words do not tell how any word fits a sound. */
const LEAST_WORDS = 30;
/** Words whose texts are this close mean the same here: the better one stands for both. */
export const SAME_MEANING = 0.9;
/** A word is heard in a sound when this part of its windows agrees, not when one of hundreds happens to. */
const AGREEING = 0.2;

/** How sure it is that a word fits what stands out so far, 0..1. */
export const confidenceAt = (
  z: number,
  { relevantZ, slope }: ModelInfo['calibration'],
  rarity: number = RARITY,
): number => sigmoid(slope * (z - relevantZ) - rarity);

export const heardWord = (
  name: string,
  vector: Float32Array,
  cohort: Float32Array | null,
  calibration: ModelInfo['calibration'],
): HeardWord => ({ name, vector, background: cohortBackground(vector, cohort, calibration) });

/**
 * The deviation that all words are measured by: the mean of theirs. A word's own would punish common ones, since the
 * background holds sounds that fit these.
 */
export const spreadOf = (words: readonly HeardWord[]): number =>
  words.reduce((sum, { background }) => sum + background.std, 0) / Math.max(1, words.length);

/**
 * How far a word stands out in a sound, in deviations from its score for an average sound: the mean over those windows that
 * fit best.
 * @param cosines of the word with each window of the sound; at least one
 * @param mean cosine of the word with an average sound
 * @param spread see {@link spreadOf}
 */
export function prominence(cosines: readonly number[], mean: number, spread: number): number {
  const count = Math.max(1, Math.ceil(cosines.length * AGREEING));
  const best = cosines.length === 1 ? cosines : [...cosines].sort((a, b) => b - a).slice(0, count);
  return (best.reduce((sum, value) => sum + value, 0) / count - mean) / spread;
}

/**
 * How far each word stands out, as much from all words for this sound as from itself for other sounds: a hum or a click
 * is a little like everything. In deviations.
 */
function amongWords(prominences: readonly number[]): readonly number[] {
  const count = prominences.length;
  if (count < LEAST_WORDS) return prominences;
  const mean = prominences.reduce((sum, z) => sum + z, 0) / count;
  const std = Math.sqrt(prominences.reduce((sum, z) => sum + (z - mean) ** 2, 0) / count);
  if (std === 0) return prominences;
  return prominences.map((z) => (1 - AMONG_WORDS) * z + (AMONG_WORDS * (z - mean)) / std);
}

/**
 * The tags of a sound.
 * @param prominences of the words, in their order, see {@link prominence}
 */
export function chooseTags(
  words: readonly HeardWord[],
  prominences: readonly number[],
  calibration: ModelInfo['calibration'],
): AutoTag[] {
  const standing = amongWords(prominences);
  const ranked = words
    .map((word, at) => ({ word, z: standing[at]! }))
    .sort((a, b) => b.z - a.z || (a.word.name < b.word.name ? -1 : 1));
  const best = ranked[0]?.z ?? 0;
  const chosen: { word: HeardWord; score: number }[] = [];
  for (const { word, z } of ranked) {
    const score = confidenceAt(z, calibration, TAG_RARITY);
    if (chosen.length === MAX_TAGS || score < MIN_CONFIDENCE || z < best - TAG_MAX_BEHIND) break;
    const known = chosen.some((other) => cosine(other.word.vector, word.vector) > SAME_MEANING);
    if (!known) chosen.push({ word, score });
  }
  return chosen.map(({ word, score }) => ({ name: word.name, score: Math.round(score * 1000) / 1000 }));
}
