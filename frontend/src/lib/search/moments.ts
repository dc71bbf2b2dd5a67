import type { Match, SearchResult, Sound } from '$lib/api/types';

export interface Moment {
  sound: Sound;
  match: Match;
  key: string;
}

/** The places of all results, each by itself, the best first. */
export const momentsOf = (results: readonly SearchResult[]): Moment[] =>
  results
    .flatMap(({ sound, matches }) => matches.map((match) => ({ sound, match, key: `${sound.id}@${match.startS}` })))
    .sort((a, b) => b.match.score - a.match.score);
