import type { Rating } from '$lib/api/types';

export type Own = Pick<Rating, 'favourite' | 'stars' | 'colour'>;

/** What sounds had in what was changed, as one call for all that had the same. */
export function waysBack(before: readonly Rating[], change: Partial<Own>): [soundIds: string[], own: Partial<Own>][] {
  const ways = new Map<string, [string[], Partial<Own>]>();
  for (const { soundId, favourite, stars, colour } of before) {
    const own = {
      ...(change.favourite !== undefined && { favourite }),
      ...(change.stars !== undefined && { stars }),
      ...(change.colour !== undefined && { colour }),
    };
    const name = JSON.stringify(own);
    const way = ways.get(name) ?? [[], own];
    way[0].push(soundId);
    ways.set(name, way);
  }
  return [...ways.values()];
}
