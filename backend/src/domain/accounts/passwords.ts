import { foldName } from './user-name.js';
import { DomainError } from '../errors.js';
import { because } from '../reasons.js';

export const MIN_PASSWORD = 10;
export const MAX_PASSWORD = 200;

/** What long passwords that everybody tries first are made of; longer words before those that they begin with. */
const COMMON = `
  1qaz2wsx3edc 1qay2wsx3edc 1q2w3e4r5t qwertyuiop qwertzuiop asdfghjkl q1w2e3r4 1q2w3e4r 1qaz2wsx yxcvbnm zxcvbnm qazwsx asdfgh qwerty qwertz qwert
  password passwort passw0rd letmein iloveyou iloveu welcome willkommen hallo hello geheim secret changeme default login admin administrator guest
  test user root demo access master trustno1 whatever internet computer samsung google facebook iphone android windows linux
  monkey dragon princess football fussball baseball basketball soccer hockey sunshine shadow superman batman spiderman starwars pokemon matrix
  ninja killer hunter ranger mustang ferrari porsche mercedes corvette harley phoenix tigger buster charlie cookie cheese pepper banana chocolate
  flower lovely freedom forever angel liebe schatz sommer summer winter spring herbst autumn fruhling monday montag
  michael daniel thomas andreas alexander jordan ashley jessica nicole sandra sabrina robert andrew matthew anthony joshua
  liverpool chelsea arsenal barcelona juventus bayern schalke dortmund yankees steelers lakers
  traum engine music musik sound
`
  .trim()
  .split(/\s+/);
/** Figures and signs that stand for letters, as everybody knows. */
const IN_PLACE: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
};

/**
 * Refuses passwords that are guessed first: hardly any different characters, something again and again, a row on the keyboard, the own
 * name, or common words with figures around them or in the place of their letters.
 * @throws DomainError `invalid_input`
 */
export function mustBeHardToGuess(password: string, name: string): void {
  const folded = foldName(password).replace(/\s+/g, '').replaceAll('ß', 'ss');
  const read = folded.replace(/[@4310!$57]/g, (sign) => IN_PLACE[sign] ?? sign);
  const isRow = new Set(folded).size < 5 || /^\d{1,12}$/.test(folded) || /^(.{1,6})\1+\d{0,4}$/.test(folded);
  if (!isRow && ![folded, read].some((text) => isWords(text, foldName(name)))) return;
  throw new DomainError('invalid_input', because('password_too_easy'), {
    fields: [{ path: 'password', message: 'is too easy to guess' }],
  });
}

/** Whether common words, the name and rows leave next to nothing of it but figures and signs around them. */
function isWords(text: string, name: string): boolean {
  if (!/[a-z]/.test(text)) return false;
  let rest = text;
  for (const word of [name, ...COMMON]) if (word.length >= 3) rest = rest.replaceAll(word, '');
  rest = rest.replace(/0?1234567890?|0987654321|abcdefgh(?:ij)?|123456|12345|1234|abc/g, '');
  return rest.replace(/[\d\W_]+$|^[\d\W_]+/g, '').length < 3;
}
