import { createHash } from 'node:crypto';
import { DomainError } from '../errors.js';
import { fold } from '../search/words.js';
import { DEFAULT_VOCABULARY } from './default-vocabulary.js';
import type { TagGroup, TagWord, VocabularyEdits } from './tagging.types.js';
import { because, inEnglish, type Reason } from '../reasons.js';

/** Part of every version: raise it when the way of choosing tags changes, and all sounds are tagged anew. */
const METHOD = 2;

export const MAX_OWN_WORDS = 500;
export const NO_EDITS: VocabularyEdits = { disabledGroups: [], removed: [], own: [] };

/** The words that tags are chosen from, and a short name for exactly this state of them. */
export interface Vocabulary {
  version: string;
  words: readonly TagWord[];
}

/** The built-in words that are left, then the person's own. Names are unique without regard to case and accents. */
export function vocabularyOf(edits: VocabularyEdits, builtIn: readonly TagGroup[] = DEFAULT_VOCABULARY): Vocabulary {
  const off = new Set(edits.disabledGroups);
  const out = new Set([...edits.removed, ...edits.own.map(({ name }) => name)].map(fold));
  const words = [
    ...builtIn
      .filter(({ id }) => !off.has(id))
      .flatMap((group) => group.words.filter(({ name }) => !out.has(fold(name)))),
    ...edits.own,
  ];
  const text = JSON.stringify([METHOD, words.map(({ name, prompts }) => [name, ...prompts])]);
  return { version: createHash('sha256').update(text).digest('hex').slice(0, 16), words };
}

/**
 * The edits as they are kept: trimmed, without repeats, and own words without descriptions described by their name.
 * @throws DomainError `invalid_input` for an unknown group or built-in word, a word twice, or too many words.
 */
export function cleanEdits(edits: VocabularyEdits, builtIn: readonly TagGroup[] = DEFAULT_VOCABULARY): VocabularyEdits {
  const groups = new Set(builtIn.map(({ id }) => id));
  const names = new Map(builtIn.flatMap(({ words }) => words.map(({ name }) => [fold(name), name])));
  for (const id of edits.disabledGroups) {
    if (!groups.has(id)) throw wrong('disabledGroups', because('tag_group_unknown', { group: id }));
  }
  const removed = edits.removed.map((name) => {
    const known = names.get(fold(name.trim()));
    if (known === undefined) throw wrong('removed', because('word_not_built_in', { word: name }));
    return known;
  });
  if (edits.own.length > MAX_OWN_WORDS) throw wrong('own', because('words_too_many', { most: MAX_OWN_WORDS }));
  const seen = new Set<string>();
  const own = edits.own.map(({ name, prompts }, at) => {
    const clean = tidy(name);
    if (clean === '') throw wrong(`own.${at}.name`, because('word_empty'));
    if (seen.has(fold(clean))) throw wrong(`own.${at}.name`, because('word_twice', { word: clean }));
    seen.add(fold(clean));
    const described = [...new Set(prompts.map(tidy).filter((prompt) => prompt !== ''))];
    return { name: clean, prompts: described.length > 0 ? described : [clean] };
  });
  return { disabledGroups: [...new Set(edits.disabledGroups)].sort(), removed: [...new Set(removed)].sort(), own };
}

const tidy = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ').trim();

const wrong = (path: string, reason: Reason): DomainError =>
  new DomainError('invalid_input', reason, { fields: [{ path, message: inEnglish([reason]) }] });
