import type { Marker } from '../markers/markers.types.js';
import { foundWords, holdsPhrase, type SearchedWords } from './reasons.js';

/** A marker of a sound that has what was searched for in its text. */
export type NoteHit = Pick<Marker, 'id' | 'startS' | 'endS' | 'text'>;

/** So many of a sound are told. */
const MOST = 3;

/** Markers whose text has the words or one of the phrases: those with most of it first, then in order of time. */
export function notesSaying(markers: readonly Marker[], words: SearchedWords, phrases: readonly string[]): NoteHit[] {
  return markers
    .map((marker) => ({
      marker,
      said: foundWords(marker.text, words).length + phrases.filter((phrase) => holdsPhrase(marker.text, phrase)).length,
    }))
    .filter(({ said }) => said > 0)
    .sort((a, b) => b.said - a.said || a.marker.startS - b.marker.startS)
    .slice(0, MOST)
    .map(({ marker: { id, startS, endS, text } }) => ({ id, startS, endS, text }));
}
