import type { Sound } from '../library/library.types.js';
import { contentWords, formsOf, indexedWords, wordsOf } from './words.js';

/** Why a sound is among the results, as short sentences. */
export interface Grounds {
  /** Texts and names of sounds that the sound is like, with whether it is. */
  soundsLike: readonly string[];
  similarTo: readonly string[];
  unlike: readonly string[];
  /** What was searched for in names and tags; empty when words did not match. */
  words: string;
  /** The fields in which they were found. */
  fields: readonly string[];
  /** What had to occur in a name or tag, word for word. */
  phrases: readonly string[];
  /** Tags that had to be there. */
  tags: readonly string[];
}

export function reasonsFor(sound: Sound, grounds: Grounds): string[] {
  const reasons = [
    ...grounds.soundsLike.map((text) => `Sounds like "${text}"`),
    ...grounds.similarTo.map((name) => `Similar to ${name}`),
    ...grounds.unlike.map((name) => `Unlike "${name}"`),
    ...grounds.fields.flatMap((field) => fieldReason(sound, field, grounds.words) ?? []),
    ...grounds.phrases.flatMap((phrase) => phraseReason(sound, phrase) ?? []),
    ...grounds.tags.map((tag) => `Tagged "${tag}"`),
  ];
  return [...new Set(reasons)];
}

function phraseReason(sound: Sound, phrase: string): string | null {
  const wanted = ` ${wordsOf(phrase).join(' ')} `;
  const holds = (text: string | null): boolean => ` ${indexedWords(text ?? '').join(' ')} `.includes(wanted);
  if (holds(sound.title)) return `The title contains "${phrase}"`;
  if (holds(sound.filename)) return `The file name contains "${phrase}"`;
  const tag = sound.tags.find(({ name }) => holds(name));
  if (tag) return `Tagged "${tag.name}"`;
  if (holds(sound.artist)) return `By "${sound.artist}"`;
  if (holds(sound.album)) return `The album contains "${phrase}"`;
  return holds(sound.genre) ? `Genre "${sound.genre}"` : null;
}

function fieldReason(sound: Sound, field: string, words: string): string | null {
  switch (field) {
    case 'title':
      return `The title ${containing(sound.title ?? '', words)}`;
    case 'filename':
      return `The file name ${containing(sound.filename, words)}`;
    case 'album':
      return `The album ${containing(sound.album ?? '', words)}`;
    case 'artist':
      return `By "${sound.artist ?? ''}"`;
    case 'genre':
      return `Genre "${sound.genre ?? ''}"`;
    case 'tags': {
      const written = sound.tags.filter(({ source }) => source !== 'auto');
      const tags = written.filter((tag) => foundWords(tag.name, words).length > 0).map((tag) => `"${tag.name}"`);
      return tags.length > 0 ? `Tagged ${tags.join(', ')}` : 'A tag is close to the words';
    }
    case 'auto_tags': {
      const heard = sound.tags.filter(({ name, source }) => source === 'auto' && foundWords(name, words).length > 0);
      return heard.length > 0 ? `Heard as ${heard.map(({ name }) => `"${name}"`).join(', ')}` : null;
    }
    default:
      return null;
  }
}

function containing(text: string, words: string): string {
  const found = foundWords(text, words);
  return found.length > 0 ? `contains "${found.join(' ')}"` : 'is close to the words';
}

/** Which of the words occur in the text, in any form, at the start of a word. */
function foundWords(text: string, words: string): string[] {
  const present = wordsOf(text);
  const joined = present.join('');
  return [...new Set(contentWords(wordsOf(words)))].filter((word) => {
    const forms = [word, ...formsOf(word)];
    return (
      present.some((other) => other.startsWith(word) || forms.includes(other)) ||
      (word.length > 3 && joined.includes(word))
    );
  });
}
