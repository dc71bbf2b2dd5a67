import { FINGERPRINT_BANDS, STEPS_PER_DB, type Fingerprint } from './copies.types.js';

/** Frames and bands that are this far below the loudest count as silence. Decibels. */
const SILENCE_DB = 40;
const FLOOR_DB = 60;
/** Of 0..255: the mean over all bands. */
const MIDDLE = 128;

/** What can be told of a fingerprint at a glance: enough to see that most other sounds are no copies. */
export interface Outline {
  /** From the first to the last sound. */
  durationS: number;
  /** Mean level of each band beside the mean of all, in half decibels around 128. */
  spectrum: Uint8Array;
}

/** The frames of a fingerprint from its first to its last sound: `[from, to)`. */
export function soundingFrames({ levels }: Pick<Fingerprint, 'levels'>): [from: number, to: number] {
  let loudest = 0;
  for (let i = 0; i < levels.length; i++) if (levels[i]! > loudest) loudest = levels[i]!;
  const silent = (frame: number): boolean => {
    for (let band = 0; band < FINGERPRINT_BANDS; band++) {
      if (levels[frame * FINGERPRINT_BANDS + band]! >= loudest - SILENCE_DB * STEPS_PER_DB) return false;
    }
    return true;
  };
  let [from, to] = [0, Math.floor(levels.length / FINGERPRINT_BANDS)];
  if (loudest === 0) return [0, 0];
  while (from < to && silent(from)) from++;
  while (to > from && silent(to - 1)) to--;
  return [from, to];
}

export function outlineOf(fingerprint: Fingerprint): Outline {
  const [from, to] = soundingFrames(fingerprint);
  const floor = Math.max(0, 255 - FLOOR_DB * STEPS_PER_DB);
  const sums = new Float64Array(FINGERPRINT_BANDS);
  for (let frame = from; frame < to; frame++) {
    for (let band = 0; band < FINGERPRINT_BANDS; band++) {
      sums[band]! += Math.max(floor, fingerprint.levels[frame * FINGERPRINT_BANDS + band]!);
    }
  }
  const frames = Math.max(1, to - from);
  const mean = sums.reduce((sum, value) => sum + value, 0) / FINGERPRINT_BANDS;
  const spectrum = Uint8Array.from(sums, (sum) =>
    Math.max(0, Math.min(255, MIDDLE + Math.round((sum - mean) / frames))),
  );
  return { durationS: (to - from) * fingerprint.frameS, spectrum };
}

/** Mean difference of two spectra in decibels. */
export function spectralDistance(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let band = 0; band < FINGERPRINT_BANDS; band++) sum += Math.abs(a[band]! - b[band]!);
  return sum / FINGERPRINT_BANDS / STEPS_PER_DB;
}
