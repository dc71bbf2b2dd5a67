import { allowedEdits, contentWords, editDistance, formsOf, wordsOf } from '../../domain/search/words.js';
import type { Database } from './database.js';
import { knownWords, type KnownWord } from './vocabulary.js';

/** Longer texts are cut: nobody names a file with more words, and each word costs a look-up. */
const MAX_WORDS = 16;
/** How many known words a mistyped one may stand for. */
const MAX_SPELLINGS = 8;
/** From this length on a word is also looked for inside longer ones (`glocke` in `kirchenglocke`). */
const MIN_INFIX_LENGTH = 4;

/** The last code point there is: everything that starts with a prefix sorts before prefix + this. */
export const AFTER_ALL = '\u{10FFFF}';

/**
 * One FTS5 expression per meaningful word of the text: the word as a prefix, its other forms, or, where the library knows
 * neither, the known words it may be a mistyping or a part of. Words hold only letters and digits, so that no text can
 * be read as syntax.
 */
export function wordGroups(db: Database, text: string): string[] {
  const words = [...new Set(contentWords(wordsOf(text)))].slice(0, MAX_WORDS);
  const starting = db
    .prepare<[string, string], number>('SELECT 1 FROM sound_vocabulary WHERE term >= ? AND term < ? LIMIT 1')
    .pluck();
  const isKnown = (from: string, to: string): boolean => starting.get(from, to) !== undefined;
  return words.map((word) => {
    const forms = formsOf(word);
    const known = isKnown(word, word + AFTER_ALL) || forms.some((form) => isKnown(form, `${form}\u0001`));
    const spellings = known ? forms : similarWords(db, word);
    return `(${[`"${word}" *`, ...spellings.map((spelling) => `"${spelling}"`)].join(' OR ')})`;
  });
}

/** An FTS5 query that asks for all words of the text, or null when it has none. */
export function matchAllWords(db: Database, text: string): string | null {
  const groups = wordGroups(db, text);
  return groups.length > 0 ? groups.join(' AND ') : null;
}

function similarWords(db: Database, word: string): string[] {
  // A word of three letters may lack one, but not begin otherwise: too many others are near.
  const short = /^\p{L}{3}$/u.test(word);
  const edits = short ? 1 : allowedEdits(word);
  const infix = word.length >= MIN_INFIX_LENGTH;
  if (edits === 0 && !infix) return [];
  const similar: (KnownWord & { distance: number })[] = [];
  for (const known of knownWords(db)) {
    const within = infix && known.term.includes(word);
    if (!within && (edits === 0 || known.numbered)) continue;
    if (short && (known.term.length !== 4 || known.term[0] !== word[0])) continue;
    const distance = within ? 0 : editDistance(word, known.term, edits);
    if (distance <= edits) similar.push({ ...known, distance });
  }
  return similar
    .sort((a, b) => a.distance - b.distance || b.doc - a.doc || (a.term < b.term ? -1 : 1))
    .slice(0, MAX_SPELLINGS)
    .map(({ term }) => term);
}
