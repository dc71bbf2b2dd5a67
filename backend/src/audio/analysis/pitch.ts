import { LAYOUT, PITCH_CLASSES } from '../../domain/analysis/aspects.types.js';
import { chromaOf } from './key.js';
import type { PitchClasses } from './pitch-classes.js';

/** Below, what peaks there are in a sound are chance. */
const LEAST_TONALITY = 0.1;
/** Sum of the squares of the shares: 1/12 where all pitch classes are alike, 0.086 of noise, 0.15 of a choir, 1 of one note. */
const LEAST_CONCENTRATION = 0.094;

/** Which pitches a sound has, in its own tuning, and how high it is; null for noise. */
export function pitchOf(pitches: PitchClasses): Float32Array | null {
  if (pitches.height === null || pitches.tonality < LEAST_TONALITY) return null;
  const chroma = chromaOf(pitches.histogram);
  if (chroma.reduce((sum, share) => sum + share ** 2, 0) < LEAST_CONCENTRATION) return null;
  const pitch = new Float32Array(LAYOUT.pitch.size);
  pitch.set(chroma);
  pitch[PITCH_CLASSES] = pitches.height;
  return pitch;
}
