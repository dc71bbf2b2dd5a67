import { LruCache } from '../../domain/lru-cache.js';
import { allowedEdits, askedWords, contentWords, editDistance, formsOf } from '../../domain/search/words.js';
import type { Sql } from './dialect.js';
import type { KnownWord, Wanted } from './words.js';

/** Longer texts are cut: nobody names a file with more words, and each word costs a look-up. */
const MAX_WORDS = 16;
/** How many known words a mistyped one may stand for. */
const MAX_SPELLINGS = 8;
/** From this length on a word is also looked for inside longer ones (`glocke` in `kirchenglocke`). */
export const MIN_INFIX_LENGTH = 4;

/**
 * What each meaningful word of the text asks for: the word as a prefix, its other forms, or, where the library knows neither,
 * the known words it may be a mistyping or a part of.
 */
export async function wantedOf(sql: Sql, text: string): Promise<Wanted[]> {
  const words = [...new Set(contentWords(askedWords(text)))].slice(0, MAX_WORDS);
  if (words.length === 0) return [];
  const asked = words.map((word) => ({ word, forms: formsOf(word) }));
  const known = await sql.dialect.words.knows(sql, asked);
  const unknown = words.filter((_, at) => !known[at]);
  const near = unknown.length > 0 ? await sql.dialect.words.near(sql, unknown) : [];
  const similar = new Map(unknown.map((word, at) => [word, similarWords(near[at]!, word)]));
  return asked.map(({ word, forms }) => ({
    anyOf: [
      { words: [word], open: true },
      ...(similar.get(word) ?? forms).map((spelling) => ({ words: [spelling], open: false })),
    ],
  }));
}

/** Many searches have the same unknown words: what is near them is looked for once in words that are given again. */
const lookedFor = new WeakMap<readonly KnownWord[], LruCache<string, readonly string[]>>();
const MOST_LOOKED_FOR = 1000;

function similarWords(words: readonly KnownWord[], word: string): readonly string[] {
  let found = lookedFor.get(words);
  if (!found) lookedFor.set(words, (found = new LruCache(MOST_LOOKED_FOR)));
  const before = found.get(word);
  if (before) return before;
  const similar = similarAmong(words, word);
  found.set(word, similar);
  return similar;
}

function similarAmong(words: readonly KnownWord[], word: string): string[] {
  // A word of three letters may lack one, but not begin otherwise: too many others are near.
  const short = /^\p{L}{3}$/u.test(word);
  const edits = short ? 1 : allowedEdits(word);
  const infix = word.length >= MIN_INFIX_LENGTH;
  if (edits === 0 && !infix) return [];
  const similar: (KnownWord & { distance: number })[] = [];
  for (const known of words) {
    const within = infix && known.term.includes(word);
    // No word is a mistyping of a number.
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
