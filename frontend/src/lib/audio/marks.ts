import type { Match, SearchResult } from '$lib/api/types';

export interface Mark {
  match: Match;
  /** Fractions 0..1 of the sound. */
  from: number;
  to: number;
}

/** A match that covers nearly the whole sound tells nothing about where to listen. */
const WHOLE = 0.95;

/** Where the matches lie in the sound; overlapping ones merged, none when the whole sound is the match. */
export function marksOf(matches: readonly Match[], durationS: number | null): Mark[] {
  if (!durationS || durationS <= 0) return [];
  const marks: Mark[] = [];
  for (const match of [...matches].sort((a, b) => a.startS - b.startS)) {
    const last = marks.at(-1);
    if (last && match.startS <= last.match.endS) {
      const endS = Math.max(last.match.endS, match.endS);
      last.match = { startS: last.match.startS, endS, score: Math.max(last.match.score, match.score) };
      last.to = Math.min(1, endS / durationS);
    } else {
      marks.push({ match, from: Math.min(1, match.startS / durationS), to: Math.min(1, match.endS / durationS) });
    }
  }
  return marks.filter((mark) => mark.to - mark.from < WHOLE);
}

/** Where a result is begun: at a note that has the words, else at its best moment. */
export const startsOf = ({ notes, matches }: Pick<SearchResult, 'notes' | 'matches'>): Match[] => [
  ...notes.map(({ startS, endS }) => ({ startS, endS: endS ?? startS, score: 0 })),
  ...matches,
];
