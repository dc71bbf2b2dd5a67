import type { KeywordHit } from './search.types.js';

/** What a sound whose words match is worth when all of the query was found, by the best field it was found in. */
const FIELD_RELEVANCE: Readonly<Record<string, number>> = {
  title: 0.85,
  tags: 0.85,
  filename: 0.8,
  artist: 0.8,
  genre: 0.7,
  album: 0.7,
  auto_tags: 0.6,
  description: 0.55,
};
const LEAST_FIELD_RELEVANCE = 0.5;
/** From here on a field is a name, not what a program or a remark says. */
const WRITTEN = 0.7;
/** Share of a query's meaning. */
const MOST = 0.6;
/** Shares of a sum that should be 1 may miss it by their rounding. */
const ALL_OF_IT = 0.999;
/** Whether a share of a query's meaning is all of it. */
export const isAll = (coverage: number): boolean => coverage > ALL_OF_IT;
/** A whole title outranks whatever merely sounds right. */
const EXACT_EVIDENCE = 40;

/** ln(1 + e^x): how much smaller the log odds are of what is not also the other thing, whose log odds are x. */
export const softplus = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x)));

/** Relevance of a keyword hit, 0..1: falls faster than the share of the query that was found. */
export function keywordRelevance(hit: Pick<KeywordHit, 'coverage' | 'exact' | 'fields'>): number {
  if (hit.exact) return 1;
  let field = LEAST_FIELD_RELEVANCE;
  for (const name of hit.fields) field = Math.max(field, FIELD_RELEVANCE[name] ?? 0);
  return field * hit.coverage ** 2;
}

/** Whether what people wrote of a sound holds most of what was searched for. */
export const saysMost = ({ coverage, exact, fields }: Pick<KeywordHit, 'coverage' | 'exact' | 'fields'>): boolean =>
  exact || (coverage >= MOST && fields.some((name) => name !== 'auto_tags'));

/** Whether a name, a tag or the like that people wrote holds all of what was searched for. */
export const saysAll = ({ coverage, exact, fields }: Pick<KeywordHit, 'coverage' | 'exact' | 'fields'>): boolean =>
  exact || (isAll(coverage) && fields.some((name) => (FIELD_RELEVANCE[name] ?? 0) >= WRITTEN));

/**
 * Joins what sound and words say of one sound to a rank (larger is better): the evidence that at least one of them is
 * right, 1 − (1 − a)(1 − b), on a scale that still tells apart what is almost certain. Words lift a sound but never push
 * one down; without words the order is that of the cosine.
 *
 * @param semanticLogit log odds by sound, or null when the sound has no embedding
 */
export function evidence(semanticLogit: number | null, hit: KeywordHit | undefined): number {
  const bySound = semanticLogit === null ? 0 : softplus(semanticLogit);
  if (!hit) return bySound;
  return bySound + (hit.exact ? EXACT_EVIDENCE : -Math.log1p(-keywordRelevance(hit)));
}

/** The relevance 0..1 that a rank from {@link evidence} stands for. */
export const relevanceOf = (rank: number): number => -Math.expm1(-rank);
