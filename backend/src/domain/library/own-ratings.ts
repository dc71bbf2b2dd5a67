import type { SoundFilters } from './library.types.js';

const asksForRatings = ({ favourite, minStars, maxStars }: SoundFilters): boolean =>
  favourite !== undefined || minStars !== undefined || maxStars !== undefined;

/** The filters with whose favourites and stars they mean, wherever they ask for some. */
export function withRater(filters: SoundFilters, ownerId: string): SoundFilters {
  const { not } = filters;
  return {
    ...filters,
    ...(asksForRatings(filters) && { raterId: ownerId }),
    ...(not && { not: not.map((excluded) => withRater(excluded, ownerId)) }),
  };
}
