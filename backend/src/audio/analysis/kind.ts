import type { SoundKind } from '../../domain/library/library.types.js';
import type { Levels } from './levels.js';
import type { TempoEstimate } from './tempo.js';

/** Longer is a recording, whatever is heard in it. Seconds. */
const LONG_S = 60;
const LONGEST_ONE_SHOT_S = 10;
const SHORTEST_LOOP_S = 0.8;
/** A rise of this much within so long is an attack, where it comes this near to the loudest. */
const RISE_DB = 6;
const RISE_S = 0.05;
const NEAR_DB = -14;
/** Attacks nearer to each other are one: flams, claps, the pick before the string. */
const APART_S = 0.12;
/** What a single sound has faded to at its end, against its loudest moment; one as short as this is not long enough to fade. */
const FADED_DB = -20;
const TOO_SHORT_TO_FADE_S = 0.4;
/** A hit is loudest soon. */
const SOON_S = 0.6;

/**
 * Whether a sound is one hit or note, a loop or a long recording; null where that cannot be told. A one-shot has one attack, is
 * loudest soon and fades away; a loop has a beat and is a whole number of beats long.
 */
export function kindOf({ levels, rateHz }: Levels, tempo: TempoEstimate | null, durationS: number): SoundKind | null {
  if (durationS >= LONG_S) return 'long';
  if (levels.length === 0) return null;
  if (tempo?.isLoop && durationS >= SHORTEST_LOOP_S) return 'loop';
  const loudestS = levels.indexOf(0) / rateHz;
  if (durationS > LONGEST_ONE_SHOT_S || loudestS > SOON_S || attacksIn(levels, rateHz) !== 1) return null;
  const end = levels.subarray(-Math.max(1, Math.round(RISE_S * rateHz)));
  const endDb = end.reduce((most, level) => Math.max(most, level), -Infinity);
  return durationS <= TOO_SHORT_TO_FADE_S || endDb <= FADED_DB ? 'one-shot' : null;
}

function attacksIn(levels: Float32Array, rateHz: number): number {
  const reach = Math.max(1, Math.round(RISE_S * rateHz));
  let attacks = 0;
  let last = -Infinity;
  for (let t = 0; t < levels.length; t++) {
    if (levels[t]! < NEAR_DB) continue;
    // Before its beginning there was silence.
    const before = t < reach ? -Infinity : levels.subarray(t - reach, t).reduce((a, b) => Math.min(a, b));
    if (levels[t]! - before < RISE_DB) continue;
    if ((t - last) / rateHz > APART_S) attacks++;
    last = t;
  }
  return attacks;
}
