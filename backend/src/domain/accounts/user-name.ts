import { DomainError } from '../errors.js';
import { because } from '../reasons.js';

export const MAX_NAME = 60;
/** Letters of these look like one another. */
const ALIKE = [/\p{scx=Latin}/u, /\p{scx=Cyrillic}/u, /\p{scx=Greek}/u, /\p{scx=Armenian}/u, /\p{scx=Cherokee}/u];
/** Without a sign of its own; joiners have their place between letters of other scripts, and in emoji. */
const UNSEEN = /(?![\u200c\u200d])[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/u;
const JOINER = /[\u200c\u200d]/;

/** What a name counts as: `Ada`, ` ada ` and `Àda` are one account. */
export const foldName = (name: string): string =>
  name
    .trim()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();

/** A name as it is kept; null for one that could pass itself off as another, by letters of several alphabets or what nobody sees. */
export function properName(name: string): string | null {
  const proper = name.normalize('NFKC').replaceAll('\ufe0f', '').replace(/\s+/gu, ' ').trim();
  if (proper === '' || proper.length > MAX_NAME || UNSEEN.test(proper)) return null;
  return proper.split(/[^\p{L}\p{M}\u200c\u200d]+/u).some(isOdd) ? null : proper;
}

function isOdd(word: string): boolean {
  const scripts = ALIKE.filter((script) => script.test(word)).length;
  return scripts > 1 || (scripts === 1 && JOINER.test(word));
}

/** @throws DomainError `invalid_input` */
export function mustBeProper(name: string): string {
  const proper = properName(name);
  if (proper !== null) return proper;
  throw new DomainError('invalid_input', because('user_name_odd'), {
    fields: [{ path: 'name', message: 'must be of one alphabet in each word, and of characters that are seen' }],
  });
}
