import { foldName } from './user-name.js';
import { DomainError } from '../errors.js';
import { because } from '../reasons.js';

export const MIN_PASSWORD = 10;
export const MAX_PASSWORD = 200;

/** What long passwords that everybody tries first are made of. */
const COMMON = [
  'password',
  'passwort',
  'qwerty',
  'qwertz',
  'asdfgh',
  'letmein',
  'iloveyou',
  'welcome',
  'willkommen',
  'hallo',
  'geheim',
  'sommer',
  'winter',
  'changeme',
  'admin',
  'secret',
  'traum',
  'engine',
  'music',
  'sound',
];

/**
 * Refuses passwords that are guessed first: hardly any different characters, a row on the keyboard, the own name, or one
 * of the most common words with figures around it.
 * @throws DomainError `invalid_input`
 */
export function mustBeHardToGuess(password: string, name: string): void {
  const folded = foldName(password).replace(/\s+/g, '');
  let rest = folded;
  for (const word of [foldName(name), ...COMMON]) if (word.length >= 3) rest = rest.replaceAll(word, '');
  rest = rest.replace(/0?1234567890?|0987654321|abcdefgh(?:ij)?/g, '').replace(/[\d\W_]+$|^[\d\W_]+/g, '');
  const guessable = new Set(folded).size < 5 || (rest.length < 3 && /[a-z]/.test(folded)) || /^\d{1,12}$/.test(folded);
  if (!guessable) return;
  throw new DomainError('invalid_input', because('password_too_easy'), {
    fields: [{ path: 'password', message: 'is too easy to guess' }],
  });
}
