import { LEAST_OVERLAP } from './matching.js';
import { spectralDistance, type Outline } from './outline.js';

/** Sounds whose mean spectra differ by more are no copies of each other. */
const MAX_DISTANCE_DB = 4;
/** Of the sounds that may be copies, this many of the nearest are compared: about half a millisecond each. */
const MOST_COMPARED = 32;

/** How long, in seconds, a copy of something this long can be. A frame more or less is no difference. */
export const lengthsOfCopies = (durationS: number): [least: number, most: number] => [
  durationS * LEAST_OVERLAP - 0.1,
  durationS / LEAST_OVERLAP + 0.1,
];

/** Keys of those that are worth comparing, nearest first. */
export function worthComparing(outline: Outline, others: readonly { key: number; spectrum: Uint8Array }[]): number[] {
  return others
    .map(({ key, spectrum }) => ({ key, distance: spectralDistance(outline.spectrum, spectrum) }))
    .filter(({ distance }) => distance <= MAX_DISTANCE_DB)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST_COMPARED)
    .map(({ key }) => key);
}
