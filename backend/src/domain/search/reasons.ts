import type { Sound } from '../library/library.types.js';
import { askedWords, contentWords, formsOf, indexedWords, wordsOf } from './words.js';

/** What is said of a sound, with how it is said in English. `…` stands for the text. */
const MESSAGES = {
  sounds_like: 'Sounds like "…"',
  similar_to: 'Similar to …',
  elsewhere: 'Elsewhere in the same recording',
  unlike: 'Unlike "…"',
  title: 'The title contains "…"',
  title_close: 'The title is close to the words',
  filename: 'The file name contains "…"',
  filename_close: 'The file name is close to the words',
  album: 'The album contains "…"',
  album_close: 'The album is close to the words',
  description: 'The description contains "…"',
  description_close: 'The description is close to the words',
  note: 'Noted in it: "…"',
  note_close: 'A note in it is close to the words',
  artist: 'By "…"',
  genre: 'Genre "…"',
  tag: 'Tagged "…"',
  tag_close: 'A tag is close to the words',
  heard: 'Heard as "…"',
  half_tempo: 'About … BPM, half the tempo asked for',
  double_tempo: 'About … BPM, double the tempo asked for',
} as const;
export type ReasonCode = keyof typeof MESSAGES;
export const REASON_CODES = Object.keys(MESSAGES) as [ReasonCode, ...ReasonCode[]];

/** Why a sound is among the results. */
export interface Reason {
  code: ReasonCode;
  /** The words, tag or example; empty for a code that says it all. */
  text: string;
  /** For people, in English. */
  message: string;
}

/** Words that carry the meaning of a text, with their other forms. */
export type SearchedWords = readonly { word: string; forms: readonly string[] }[];

export const searchedWords = (text: string): SearchedWords =>
  [...new Set(contentWords(askedWords(text)))].map((word) => ({ word, forms: formsOf(word) }));

export interface Grounds {
  /** Texts and names of examples that the sound is like. */
  soundsLike: readonly string[];
  similarTo: readonly string[];
  /** Whether a part of the sound itself was searched with. */
  elsewhere: boolean;
  unlike: readonly string[];
  /** What was searched for in names and tags; empty when words did not match. */
  words: SearchedWords;
  /** The fields in which they were found. */
  fields: readonly string[];
  /** What had to occur in a name or tag, word for word. */
  phrases: readonly string[];
  /** What the markers say in which they were found. */
  notes: readonly string[];
  /** Tags that had to be there. */
  tags: readonly string[];
  /** The tempo that was asked for; a missing end is open. */
  tempo: { minBpm?: number | undefined; maxBpm?: number | undefined };
}

export function reasonsFor(sound: Sound, grounds: Grounds): Reason[] {
  const reasons = [
    ...grounds.soundsLike.map((text) => reason('sounds_like', text)),
    ...(grounds.elsewhere ? [reason('elsewhere')] : []),
    ...grounds.similarTo.map((name) => reason('similar_to', name)),
    ...grounds.unlike.map((name) => reason('unlike', name)),
    ...grounds.fields.flatMap((field) => fieldReasons(sound, field, grounds.words)),
    ...grounds.notes.map((text) => reason('note', text)),
    ...(grounds.fields.includes('notes') && grounds.notes.length === 0 ? [reason('note_close')] : []),
    ...grounds.phrases.flatMap((phrase) => phraseReason(sound, phrase) ?? []),
    ...grounds.tags.map((tag) => reason('tag', tag)),
    ...tempoReason(sound, grounds.tempo),
  ];
  const messages = reasons.map(({ message }) => message.toLowerCase());
  return reasons.filter((_, at) => messages.indexOf(messages[at]!) === at);
}

const reason = (code: ReasonCode, text = ''): Reason => ({
  code,
  text,
  message: MESSAGES[code].replace('…', () => text),
});

/** An estimate may be found by its half or double; that is worth saying. */
function tempoReason({ bpm }: Sound, { minBpm, maxBpm }: Grounds['tempo']): Reason[] {
  if (bpm === null || minBpm === undefined || maxBpm === undefined || (bpm >= minBpm && bpm <= maxBpm)) return [];
  return [reason(bpm < minBpm ? 'half_tempo' : 'double_tempo', String(Math.round(bpm)))];
}

/** Whether the words of the phrase stand side by side in the text; an asterisk at its end stands for any ending. */
export function holdsPhrase(text: string | null, phrase: string): boolean {
  const open = phrase.trimEnd().endsWith('*');
  return ` ${indexedWords(text ?? '').join(' ')} `.includes(` ${askedWords(phrase).join(' ')}${open ? '' : ' '}`);
}

function phraseReason(sound: Sound, phrase: string): Reason | null {
  const words = phrase.replace(/[\s*]+$/u, '');
  const holds = (text: string | null): boolean => holdsPhrase(text, phrase);
  if (holds(sound.title)) return reason('title', words);
  if (holds(sound.filename)) return reason('filename', words);
  const tag = sound.tags.find(({ name }) => holds(name));
  if (tag) return reason('tag', tag.name);
  if (holds(sound.artist)) return reason('artist', sound.artist ?? '');
  if (holds(sound.album)) return reason('album', words);
  if (holds(sound.genre)) return reason('genre', sound.genre ?? '');
  return holds(sound.description) ? reason('description', words) : null;
}

function fieldReasons(sound: Sound, field: string, words: SearchedWords): Reason[] {
  switch (field) {
    case 'title':
      return [containing('title', sound.title ?? '', words)];
    case 'filename':
      return [containing('filename', sound.filename, words)];
    case 'album':
      return [containing('album', sound.album ?? '', words)];
    case 'description':
      return [containing('description', sound.description ?? '', words)];
    case 'artist':
      return [reason('artist', sound.artist ?? '')];
    case 'genre':
      return [reason('genre', sound.genre ?? '')];
    case 'tags': {
      const written = sound.tags.filter(({ name, source }) => source !== 'auto' && foundWords(name, words).length > 0);
      return written.length > 0 ? written.map(({ name }) => reason('tag', name)) : [reason('tag_close')];
    }
    case 'auto_tags': {
      const heard = sound.tags.filter(({ name, source }) => source === 'auto' && foundWords(name, words).length > 0);
      return heard.map(({ name }) => reason('heard', name));
    }
    default:
      return [];
  }
}

function containing(code: 'title' | 'filename' | 'album' | 'description', text: string, words: SearchedWords): Reason {
  const found = foundWords(text, words);
  return found.length > 0 ? reason(code, found.join(' ')) : reason(`${code}_close`);
}

/** Which of the words occur in the text, in any form, at the start of a word. */
export function foundWords(text: string, words: SearchedWords): string[] {
  const present = wordsOf(text);
  const joined = present.join('');
  return words
    .filter(
      ({ word, forms }) =>
        present.some((other) => other.startsWith(word) || forms.includes(other)) ||
        (word.length > 3 && joined.includes(word)),
    )
    .map(({ word }) => word);
}
