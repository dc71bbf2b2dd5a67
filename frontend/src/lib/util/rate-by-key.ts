import type { Ratings } from '$lib/state/ratings.svelte';

/** `f` makes sounds favourites or takes that back, `1` to `5` give stars, `0` takes them away, `v` gives the next colour. False for any other key. */
export function rateByKey(
  key: string,
  soundIds: readonly string[],
  ratings: Pick<Ratings, 'toggleFavourite' | 'setStars' | 'nextColour'>,
): boolean {
  if (soundIds.length === 0) return false;
  if (key === 'f') ratings.toggleFavourite(soundIds);
  else if (/^[0-5]$/.test(key)) ratings.setStars(soundIds, Number(key));
  else if (key === 'v') ratings.nextColour(soundIds);
  else return false;
  return true;
}
