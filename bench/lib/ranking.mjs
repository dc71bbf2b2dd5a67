/**
 * How good one ranked list is.
 * @param {string[]} ranked ids, best first
 * @param {Set<string>} relevant ids that are right answers; not empty
 * @returns {{ firstHit: number | null, r1: number, r5: number, ap10: number }} `firstHit`: rank of the first right
 *   answer, from 1. `ap10`: average precision of the first ten, divided by how many right answers could be there
 */
export function rate(ranked, relevant) {
  const hits = ranked.map((id) => relevant.has(id));
  const first = hits.indexOf(true);
  let found = 0;
  let sum = 0;
  hits.slice(0, 10).forEach((hit, i) => {
    if (!hit) return;
    found += 1;
    sum += found / (i + 1);
  });
  return {
    firstHit: first < 0 ? null : first + 1,
    r1: hits[0] ? 1 : 0,
    r5: hits.slice(0, 5).includes(true) ? 1 : 0,
    ap10: sum / Math.min(10, relevant.size),
  };
}

/**
 * How well values tell two kinds apart: the chance that one of the first kind is above one of the second (area under the
 * ROC curve). 1: always, 0.5: no better than a coin.
 * @param {number[]} above
 * @param {number[]} below
 */
export const separation = (above, below) =>
  mean(above.flatMap((high) => below.map((low) => (high > low ? 1 : high === low ? 0.5 : 0))));

/** @param {number[]} values */
export const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/**
 * The value below which the given part of all values lies (nearest rank).
 * @param {number[]} values
 * @param {number} part 0..1
 */
export function percentile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}
