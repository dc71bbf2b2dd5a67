import type { ModelInfo } from '../ingest/ingest.ports.js';
import { cohortBackground, sigmoid, type Background } from '../search/relevance.js';
import { cosine } from '../search/vectors.js';
import type { AutoTag } from './tagging.types.js';

/** A word as the model understands it, with how it scores sounds that have nothing to do with it. */
export interface HeardWord {
  name: string;
  /** L2-normalised. */
  vector: Float32Array;
  background: Background;
}

export const MAX_TAGS = 5;
/** From this confidence on a word becomes a tag. */
const MIN_CONFIDENCE = 0.5;
/** Words further than this behind the best one (in deviations) are only along for the ride. */
const MAX_BEHIND = 1.5;
/** Words whose texts are this close mean the same here: the better one stands for both. */
const SAME_MEANING = 0.9;
/** A word is heard in a sound when this part of its windows agrees, not when one of hundreds happens to. */
const AGREEING = 0.2;

export const heardWord = (
  name: string,
  vector: Float32Array,
  cohort: Float32Array | null,
  calibration: ModelInfo['calibration'],
): HeardWord => ({ name, vector, background: cohortBackground(vector, cohort, calibration) });

/**
 * How far a word stands out in a sound, in deviations of the word's scores for unrelated sounds: the mean over those
 * windows that fit best.
 * @param cosines of the word with each window of the sound; at least one
 */
export function prominence(cosines: readonly number[], { mean, std }: Background): number {
  const count = Math.max(1, Math.ceil(cosines.length * AGREEING));
  const best = cosines.length === 1 ? cosines : [...cosines].sort((a, b) => b - a).slice(0, count);
  return (best.reduce((sum, value) => sum + value, 0) / count - mean) / std;
}

/**
 * The tags of a sound.
 * @param prominences of the words, in their order, see {@link prominence}
 */
export function chooseTags(
  words: readonly HeardWord[],
  prominences: readonly number[],
  { relevantZ, slope }: ModelInfo['calibration'],
): AutoTag[] {
  const ranked = words
    .map((word, at) => ({ word, z: prominences[at]! }))
    .sort((a, b) => b.z - a.z || (a.word.name < b.word.name ? -1 : 1));
  const best = ranked[0]?.z ?? 0;
  const chosen: { word: HeardWord; score: number }[] = [];
  for (const { word, z } of ranked) {
    const score = sigmoid(slope * (z - relevantZ));
    if (chosen.length === MAX_TAGS || score < MIN_CONFIDENCE || z < best - MAX_BEHIND) break;
    const known = chosen.some((other) => cosine(other.word.vector, word.vector) > SAME_MEANING);
    if (!known) chosen.push({ word, score });
  }
  return chosen.map(({ word, score }) => ({ name: word.name, score: Math.round(score * 1000) / 1000 }));
}
