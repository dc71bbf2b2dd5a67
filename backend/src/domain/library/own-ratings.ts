import type { SoundFilters } from './library.types.js';

const asksForOwn = ({ favourite, minStars, maxStars, colour, owner }: SoundFilters): boolean =>
  favourite !== undefined ||
  minStars !== undefined ||
  maxStars !== undefined ||
  colour !== undefined ||
  owner !== undefined;

/** The filters with whose favourites, stars and sounds they mean, wherever they ask for some. */
export function withRater(filters: SoundFilters, ownerId: string): SoundFilters {
  const { not } = filters;
  return {
    ...filters,
    ...(asksForOwn(filters) && { raterId: ownerId }),
    ...(not && { not: not.map((excluded) => withRater(excluded, ownerId)) }),
  };
}
