import { describe, expect, it } from 'vitest';
import { evidence, keywordRelevance, relevanceOf } from './fusion.js';
import type { KeywordHit } from './search.types.js';

const hit = (over: Partial<KeywordHit> = {}): KeywordHit => ({
  soundKey: 1,
  score: 1,
  fields: ['title'],
  coverage: 1,
  exact: false,
  ...over,
});

describe('fusion', () => {
  it('without words gives the relevance by sound', () => {
    for (const logit of [-8, -1, 0, 2]) {
      expect(relevanceOf(evidence(logit, undefined))).toBeCloseTo(1 / (1 + Math.exp(-logit)), 10);
    }
  });

  it('tells apart what is almost certain and what is almost impossible', () => {
    expect(evidence(60, undefined)).toBeGreaterThan(evidence(59, undefined));
    expect(evidence(-60, undefined)).toBeGreaterThan(evidence(-61, undefined));
  });

  it('lifts by words, and never lowers', () => {
    for (const logit of [-5, 0, 5]) expect(evidence(logit, hit())).toBeGreaterThan(evidence(logit, undefined));
    expect(relevanceOf(evidence(null, hit()))).toBeCloseTo(keywordRelevance(hit()));
  });

  it('leaves a strong hit by sound above a mere match of words', () => {
    expect(evidence(4, undefined)).toBeGreaterThan(evidence(-5, hit()));
    expect(evidence(0, undefined)).toBeLessThan(evidence(-5, hit()));
  });

  it('puts the whole title above everything', () => {
    expect(evidence(-9, hit({ exact: true }))).toBeGreaterThan(evidence(20, hit()));
    expect(relevanceOf(evidence(null, hit({ exact: true })))).toBe(1);
  });

  it('values full matches over partial ones and titles over albums', () => {
    expect(keywordRelevance(hit())).toBeGreaterThan(keywordRelevance(hit({ coverage: 0.6 })));
    expect(keywordRelevance(hit())).toBeGreaterThan(keywordRelevance(hit({ fields: ['album'] })));
  });
});
