const NOTES = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B'];
/** Camelot numbers 1–12 as pitch classes of their minor keys; the major key of a number is three semitones higher. */
const CAMELOT_MINOR = [8, 3, 10, 5, 0, 7, 2, 9, 4, 11, 6, 1];

const MINOR_WORDS = 'min|minor|mineur|minore|menor';
const MAJOR_WORDS = 'maj|major|majeur|maggiore|mayor|maior';
const MINOR = `m|mi|moll|${MINOR_WORDS}`;
const MAJOR = `M|ma|dur|${MAJOR_WORDS}`;
/** Letters without a space before: `Fis`, `Es`, `As`, `Bbm`; `sharp`, `flat` and `#` also stand apart. */
const SPELLED = new RegExp(`^([a-h])(is|es|b|(?<=[ae])s| ?(?:#|sharp|flat))? ?(${MINOR}|${MAJOR})?$`, 'i');
/** `La mineur`, `Si bemolle maggiore`, `Fa# menor`. Only with its mode: most of these names are words as well. */
const SUNG = new RegExp(
  `^(do|ut|re|mi|fa|sol|la|si) ?(#|b|diese|diesis|sostenido|sustenido|bemol|bemolle)? (${MINOR_WORDS}|${MAJOR_WORDS})$`,
  'i',
);
const LETTERS = new Map([
  ['do', 'C'],
  ['ut', 'C'],
  ['re', 'D'],
  ['mi', 'E'],
  ['fa', 'F'],
  ['sol', 'G'],
  ['la', 'A'],
  ['si', 'B'],
]);
const WHEEL = /^0?(\d{1,2}) ?([abmd])$/i;
/** How far from concert pitch it is tuned: `A#m +50`, `Am -12 cents`. */
const TUNING = /\s*[+±−-]\s*\d{1,3}(?:[.,]\d+)?\s*(?:cents?|ct|¢|%)?$/i;
const PREFIX = /^(?:(?:musical |open )?key(?: of)?|camelot(?: key)?|tonart|tonalit[ea]|tonalidad)[: ]+/i;
/** What Mixed In Key writes beside a key. */
const ENERGY = /^(?:energy )?\d{1,2}$/i;
const MAX_LENGTH = 60;

interface Reading {
  key: string;
  /** Written with the name of a note, not as a place on a wheel. */
  named: boolean;
}

/**
 * The one reader of musical keys: of tags, searches, filters and edits. Brings them to the form `C`, `F#`, `Am`, `Bbm`.
 * Understands `A minor`, `Amin`, `F♯m`, `Db` (kept flat); German names (`a-Moll`, `Es-Dur`, `fis`, and `H-Moll` and `B-Dur`, where
 * B is B flat); French, Italian and Spanish ones with their mode (`La mineur`, `Si bemolle maggiore`); Camelot (`8A`, `08A`) and Open Key (`1m`); two of them side by side (`Am/8A`, `8A - Am`, `A minor (8A)`, of
 * different keys the first); and a tuning behind it (`A#m +50`).
 * @returns null for anything else
 */
export function parseKey(text: string): string | null {
  if (text.length > MAX_LENGTH) return null;
  const clean = text
    .normalize('NFKC')
    .replace(/[éè]/gi, 'e')
    .replace(/à/gi, 'a')
    .replace(/\s*[♯＃]/g, '#')
    .replace(/\s*♭/g, 'b')
    .trim()
    .replace(TUNING, '')
    .replace(/[\s_–—-]+/g, ' ')
    .replace(/\.$/, '')
    .replace(PREFIX, '')
    .trim();
  const readings = read(clean) ?? readSeveral(clean);
  if (!readings) return null;
  // A name tells sharps from flats, a wheel does not.
  return (readings.find(({ named }) => named) ?? readings[0])?.key ?? null;
}

/** Keys side by side, every one of which must be one. */
function readSeveral(text: string): Reading[] | null {
  const [, first, afterWheel] = /^(\d{1,2} ?[abmd])[ :]+(.+)$/i.exec(text) ?? [];
  const [, beforeWheel, last] = /^(.+) (\d{1,2} ?[abmd])$/i.exec(text) ?? [];
  const parts = /[/\\|,;:()[\]]/.test(text)
    ? text.split(/[/\\|,;:()[\]]/)
    : first !== undefined
      ? [first, afterWheel!]
      : last !== undefined
        ? [beforeWheel!, last]
        : [];
  const readings: Reading[] = [];
  for (const part of parts.map((each) => each.trim()).filter(Boolean)) {
    if (readings.length > 0 && ENERGY.test(part)) continue;
    const found = read(part);
    if (!found) return null;
    readings.push(...found);
  }
  return readings.length > 0 ? readings : null;
}

function read(text: string): Reading[] | null {
  const key = fromName(text);
  if (key !== null) return [{ key, named: true }];
  const wheel = fromWheel(text);
  return wheel === null ? null : [{ key: wheel, named: false }];
}

function fromName(text: string): string | null {
  const [, letter, accidental = '', mode = ''] = SPELLED.exec(text) ?? [];
  if (letter === undefined) return fromSung(text);
  // A lone capital M means major; a lone small m minor.
  const minor = mode === 'm' || /^(?:mi|me|moll)/i.test(mode);
  const german = /^(?:moll|dur)$/i.test(mode);
  let sign = /#|sharp|is/i.test(accidental) ? '#' : accidental === '' ? '' : 'b';
  let note = letter.toUpperCase();
  if (note === 'H') {
    note = 'B';
    // `Hes` is what Germans call B.
    if (sign === 'b' && !/^es$/i.test(accidental)) return null;
  } else if (note === 'B' && german && sign === '') sign = 'b';
  return `${note}${sign}${minor ? 'm' : ''}`;
}

function fromSung(text: string): string | null {
  const [, name, accidental = '', mode = ''] = SUNG.exec(text) ?? [];
  const letter = LETTERS.get(name?.toLowerCase() ?? '');
  if (letter === undefined) return null;
  const sign = accidental === '' ? '' : /^b/i.test(accidental) ? 'b' : '#';
  return `${letter}${sign}${/^m[ie]/i.test(mode) ? 'm' : ''}`;
}

function fromWheel(text: string): string | null {
  const [, digits, letter = ''] = WHEEL.exec(text) ?? [];
  const written = Number(digits);
  if (digits === undefined || written < 1 || written > 12) return null;
  const openKey = /[md]/i.test(letter);
  // Open Key counts the same wheel, five steps on.
  const minorPitch = CAMELOT_MINOR[openKey ? (written + 6) % 12 : written - 1]!;
  const minor = /[am]/i.test(letter);
  return `${NOTES[minor ? minorPitch : (minorPitch + 3) % 12]}${minor ? 'm' : ''}`;
}

const SAME_NOTE = ['c# db', 'd# eb', 'f# gb', 'g# ab', 'a# bb', 'b cb', 'e fb', 'c b#', 'f e#'].map((names) =>
  names.split(' '),
);

/** A folded key as it may be written: `f#m` is `gbm`. */
export function spellingsOf(key: string): string[] {
  const note = key.replace(/m$/, '');
  const mode = key.slice(note.length);
  return (SAME_NOTE.find((names) => names.includes(note)) ?? [note]).map((name) => name + mode);
}
