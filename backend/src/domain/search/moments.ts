import type { Match } from './search.types.js';

/** A window belongs to a moment when it stands out at least this much, as a share of how far the best one does. */
const STRONG_SHARE = 0.6;
const MAX_MOMENTS = 5;
/** Windows this close, in seconds, are adjacent. */
const GAP_S = 0.05;

/**
 * Joins windows that overlap or touch to moments, best first; each has the score of its best window. Weak windows are
 * left out, never the best.
 *
 * @param windows of one sound
 * @param average cosine of unrelated sound with the same query
 */
export function momentsOf(windows: readonly Match[], average: number): Match[] {
  const best = Math.max(...windows.map((window) => window.score));
  const least = average + STRONG_SHARE * (best - average);
  const strong = windows.filter((window) => window.score === best || window.score >= least);
  const moments: Match[] = [];
  for (const window of [...strong].sort((a, b) => a.startS - b.startS)) {
    const last = moments.at(-1);
    if (last && window.startS <= last.endS + GAP_S) {
      last.endS = Math.max(last.endS, window.endS);
      last.score = Math.max(last.score, window.score);
    } else {
      moments.push({ ...window });
    }
  }
  return moments.sort((a, b) => b.score - a.score || a.startS - b.startS).slice(0, MAX_MOMENTS);
}
