import { describe, expect, it } from 'vitest';
import {
  cohortBackground,
  combinedBackground,
  similarityScale,
  sigmoid,
  shownRelevance,
  verdictFor,
  wordScale,
  type QueryKind,
} from './relevance.js';

const calibration = { mean: 0.05, std: 0.07, relevantZ: 2.5, slope: 1.2 };

describe('relevance', () => {
  it('takes mean and deviation of the query over the model background', () => {
    const cohort = Float32Array.from([1, 0, 0, 1, 0.6, 0.8, -1, 0]);
    const { mean, std, count } = cohortBackground(Float32Array.from([1, 0]), cohort, calibration);
    expect(count).toBe(4);
    expect(mean).toBeCloseTo(0.15);
    expect(std).toBeCloseTo(Math.sqrt((1 + 0 + 0.36 + 1) / 4 - 0.15 ** 2));
  });

  it('falls back to the calibration of a model without background', () => {
    expect(cohortBackground(Float32Array.from([1, 0]), null, calibration)).toEqual({ mean: 0.05, std: 0.07, count: 0 });
  });

  it('trusts the library the more the larger it is', () => {
    const cohort = { mean: 0, std: 0.1, count: 500 };
    const library = { mean: 0.05, std: 0.12 };
    const small = combinedBackground(cohort, { ...library, count: 5 });
    const large = combinedBackground(cohort, { ...library, count: 100_000 });
    expect(small.mean).toBeLessThan(0.002);
    expect(large.mean).toBeCloseTo(0.05, 2);
    expect(large.std).toBeCloseTo(0.12, 2);
    expect(combinedBackground(cohort, { mean: 0, std: 0, count: 0 }).std).toBeCloseTo(0.1);
  });

  it('does not let a library full of hits call them average', () => {
    const background = combinedBackground({ mean: 0, std: 0.1, count: 500 }, { mean: 0.5, std: 0.01, count: 5000 });
    expect(sigmoid(wordScale(background, calibration).logit(0.5))).toBeGreaterThan(0.9);
  });

  it('gives half at the calibrated distance', () => {
    const scale = wordScale({ mean: 0.1, std: 0.1, count: 1 }, calibration);
    expect(scale.logit(0.35)).toBeCloseTo(0);
  });

  it('weighs the scores of all queries in as far as the model asks for it', () => {
    const low = { mean: -0.1, std: 0.05, count: 500 };
    const logits = [0, 0.5, 1].map((rawShare) => wordScale(low, { ...calibration, rawShare }).logit(0.1));
    // Four deviations above this query's background, less than one above that of all queries.
    expect(logits[0]).toBeCloseTo(1.2 * (4 - 2.5));
    expect(logits[2]).toBeCloseTo(1.2 * (0.05 / 0.07 - 2.5));
    expect(logits[1]).toBeCloseTo((logits[0]! + logits[2]!) / 2);
  });

  it('calls the same sound certain and an average one unrelated', () => {
    const scale = similarityScale({ mean: 0.3, std: 0.1, count: 100 });
    expect(sigmoid(scale.logit(1))).toBeGreaterThan(0.99);
    expect(sigmoid(scale.logit(0.3))).toBeLessThan(0.01);
  });

  it('turns the top relevance into a verdict', () => {
    const verdicts = (kind: QueryKind, ...tops: number[]) => tops.map((top) => verdictFor(top, kind));
    expect(verdicts('words', 0, 0.64, 0.65, 0.77, 0.78, 1)).toEqual(['none', 'none', 'weak', 'weak', 'good', 'good']);
    expect(verdicts('examples', 0.24, 0.25, 0.54, 0.55)).toEqual(['none', 'weak', 'weak', 'good']);
  });

  it('lets a model say from where its words count', () => {
    const own = { verdictFrom: { good: 0.95, weak: 0.9 } };
    expect([0.8, 0.9, 0.95].map((top) => verdictFor(top, 'words', own))).toEqual(['none', 'weak', 'good']);
    expect(verdictFor(0.55, 'examples', own)).toBe('good');
  });

  it('shows a relevance from which the verdict can be told, whatever the model and the kind of query', () => {
    const own = { verdictFrom: { good: 0.9, weak: 0.85 } };
    for (const [kind, calibration] of [
      ['words', own],
      ['words', {}],
      ['examples', own],
    ] as const) {
      let before = 0;
      for (let relevance = 0; relevance <= 1; relevance += 0.001) {
        const shown = shownRelevance(relevance, kind, calibration);
        expect(shown).toBeGreaterThanOrEqual(before);
        expect(verdictFor(relevance, kind, calibration)).toBe(shown >= 0.75 ? 'good' : shown >= 0.5 ? 'weak' : 'none');
        before = shown;
      }
      expect([0, 1].map((end) => shownRelevance(end, kind, calibration))).toEqual([0, 1]);
    }
  });
});
