import type { SoundFilters } from '../library/library.types.js';
import type { ParsedQuery } from './query-language.js';
import type { SearchRequest } from './search.types.js';

/** Filters about the same thing: one that is given explicitly stands for all of them. */
const SAME: readonly (readonly (keyof SoundFilters)[])[] = [
  ['minDurationS', 'maxDurationS'],
  ['minBpm', 'maxBpm'],
  ['addedAfter', 'addedBefore'],
];

/**
 * A request with what was typed in it. Texts, tags and collections add up; of other filters the ones given explicitly win over typed
 * ones about the same thing.
 */
export function withTyped(request: SearchRequest, typed: string, { text, names, filters }: ParsedQuery): SearchRequest {
  const explicit = given(request.filters);
  const overridden = SAME.filter((group) => group.some((name) => explicit[name] !== undefined)).flat();
  const merged: SoundFilters = {
    ...Object.fromEntries(Object.entries(filters).filter(([name]) => !overridden.includes(name as keyof SoundFilters))),
    ...explicit,
  };
  const tags = [...new Set([...(filters.tags ?? []), ...(explicit.tags ?? [])])];
  const collections = [...new Set([...(filters.collections ?? []), ...(explicit.collections ?? [])])];
  const phrases = [...names, ...(explicit.phrases ?? [])];
  return {
    ...request,
    typed,
    text: [...text, ...request.text],
    filters: {
      ...merged,
      ...(tags.length > 0 ? { tags } : {}),
      ...(collections.length > 0 ? { collections } : {}),
      ...(phrases.length > 0 ? { phrases } : {}),
    },
  };
}

const given = (filters: SoundFilters): SoundFilters =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
