import type { Ratings } from '$lib/state/ratings.svelte';

/** `f` makes sounds favourites or takes that back, `1` to `5` give stars, `0` takes them away, `v` gives the next colour. False for any other key. */
export function rateByKey(
  key: string,
  soundIds: readonly string[],
  ratings: Pick<Ratings, 'toggleFavourite' | 'setStars' | 'nextColour' | 'tell'>,
): boolean {
  if (soundIds.length === 0) return false;
  const kind = key === 'f' ? 'favourite' : key === 'v' ? 'colour' : 'stars';
  if (kind === 'favourite') ratings.toggleFavourite(soundIds);
  else if (kind === 'colour') ratings.nextColour(soundIds);
  else if (/^[0-5]$/.test(key)) ratings.setStars(soundIds, Number(key));
  else return false;
  ratings.tell(kind, soundIds);
  return true;
}
