import { ABOUT, BETWEEN, fact, LESS, MORE, THAT_IS, UNTIL, type Rule } from './spoken-rules.js';
import type { SpokenFact } from './spoken-language.js';

const SECOND = '(?:seconds?|secs?|s|sekunden?|sek)';
const MINUTE = '(?:minutes?|mins?|minuten?)';
/** `2.5`, `half a`, `einer halben`, `drei`. */
const AMOUNT =
  '(\\d+(?:[.,]\\d+)?|half an?|an?|one|two|three|four|five|ten|(?:eine?[nrm]? )?halben?|eine?[nrm]?|zwei|drei|vier|fünf|zehn)';
const LENGTH = `${AMOUNT}\\s?(${SECOND}|${MINUTE})\\b`;
const NUMBERS: readonly (readonly [number, RegExp])[] = [
  [0.5, /half|halbe/iu],
  [1, /^(?:an?|one|eine?[nrm]?)$/iu],
  [2, /^(?:two|zwei)$/iu],
  [3, /^(?:three|drei)$/iu],
  [4, /^(?:four|vier)$/iu],
  [5, /^(?:five|fünf)$/iu],
  [10, /^(?:ten|zehn)$/iu],
];
const TEMPO = '(\\d{2,3}(?:[.,]\\d{1,2})?)';
/** How far off what is asked for with `about` may be. */
const TEMPO_LEEWAY = 0.05;
const LENGTH_LEEWAY = 0.2;
const SOUND_NOUN =
  '(?:samples?|sounds?|clips?|recordings?|noises?|hits?|files?|tones?|notes?|geräusche?|klänge?|klang|aufnahmen?|töne?)';
const LASTING = '(?:long|lange?[nmrs]?)\\b';
const RHYTHM =
  '(?:drum |break|hip[- ]hop |techno )?(?:loops?|beats?|grooves?|breakbeats?|songs?|tracks?|music|rhythms?|musik|lieder|lied|stücke?|rhythmus)';
/** Short things that are not short sounds, long things that are not long ones. */
const NOT_SHORT =
  '(?! (?:and|or|but|und|oder|aber|circuit|wave|notice|delay|reverb|decay|attack|echo|tail|release|break|kurz))';
const NOT_LONG =
  '(?! (?:and|or|but|und|oder|aber|reverb|tail|decay|attack|release|delay|echo|way|distance|sustain|jump|hair))';

const numberOf = (said: string): number =>
  NUMBERS.find(([, pattern]) => pattern.test(said))?.[0] ?? Number(said.replace(',', '.'));

const unitOf = (unit: string): string => (new RegExp(`^${MINUTE}$`, 'iu').test(unit) ? 'm' : 's');

const seconds = (amount: string, unit: string): string => `${numberOf(amount)}${unitOf(unit)}`;

const bpm = (said: string): string | null => {
  const tempo = numberOf(said);
  return tempo >= 20 && tempo <= 400 ? String(tempo) : null;
};

/** To two digits behind the point. */
const times = (amount: number, factor: number): number => Math.round(amount * factor * 100) / 100;

const tempoFact = (value: string | null, sign = ''): SpokenFact | null =>
  value === null ? null : fact('bpm', `${sign}${value}`);
/** Levels are below zero: with `LUFS` the minus may be left out; of decibels it tells a level from how loud it was there. */
const LEVEL = '(?:[-−–](\\d{1,2}(?:[.,]\\d)?) ?(?:lufs|db)|(\\d{1,2}(?:[.,]\\d)?) ?lufs)\\b';
const LEVEL_LEEWAY = 1;

const level = (...typed: (string | undefined)[]): number =>
  -numberOf(typed.find((digits) => digits !== undefined) ?? '');

/** What is heard in the sound: tempo, key, length, loudness, kind. */
export const SOUND_RULES: readonly Rule[] = [
  {
    pattern: `(?:^|\\s)(?:at )?${BETWEEN}${TEMPO}(?: ?bpm)?${UNTIL}${TEMPO} ?bpm\\b`,
    fact: ([, least = '', most = '']) => {
      const [from, to] = [bpm(least), bpm(most)];
      return from && to ? fact('bpm', `${from}-${to}`) : null;
    },
  },
  {
    pattern: `${THAT_IS}(?:slower than|langsamer als|${LESS}) ${TEMPO} ?bpm\\b(?: sind| ist)?`,
    fact: ([, tempo = '']) => tempoFact(bpm(tempo), '<'),
  },
  {
    pattern: `${THAT_IS}(?:faster than|quicker than|schneller als|${MORE}) ${TEMPO} ?bpm\\b(?: sind| ist)?`,
    fact: ([, tempo = '']) => tempoFact(bpm(tempo), '>'),
  },
  {
    pattern: `(?:^|\\s)(?:at )?${TEMPO} ?bpm (?:or|and|oder|und) (?:slower|less|below|under|langsamer|weniger)(?![\\p{L}-])`,
    fact: ([, tempo = '']) => tempoFact(bpm(tempo), '<'),
  },
  {
    pattern: `(?:^|\\s)(?:at )?${TEMPO} ?bpm (?:or|and|oder|und) (?:faster|more|above|over|up|schneller|mehr)(?![\\p{L}-])`,
    fact: ([, tempo = '']) => tempoFact(bpm(tempo), '>'),
  },
  {
    pattern: `(?:^|\\s)(?:(?:at|with|in|mit|bei) )?(?:a tempo of |tempo )?(${ABOUT})?${TEMPO} ?bpm\\b`,
    fact: ([, about, tempo = '']) => {
      if (about === undefined) return tempoFact(bpm(tempo));
      const off = Math.round(numberOf(tempo) * TEMPO_LEEWAY);
      return bpm(tempo) === null ? null : fact('bpm', `${numberOf(tempo) - off}-${numberOf(tempo) + off}`);
    },
  },
  {
    pattern: `(?:^|\\s)(?:(?:at|mit|im) )?(?:a )?tempo (?:of |von )?${TEMPO}(?=$|[\\s,])`,
    fact: ([, tempo = '']) => tempoFact(bpm(tempo)),
  },
  { pattern: `(?:^|\\s)${TEMPO}er(?= ${RHYTHM}\\b)`, fact: ([, tempo = '']) => tempoFact(bpm(tempo)) },
  {
    pattern: `(?:^|\\s)(?:in (?:the key of )?)?([a-g](?:#|♯|♭| sharp| flat|b)?[ -]?(?:minor|major)|[a-h](?:is|es|s)?[ -](?:moll|dur)|(?<=\\bin )[A-G][#b]?m)(?![\\p{L}-])`,
    fact: ([, key = '']) => fact('key', key.replace(/ sharp/iu, '#').replace(/ flat/iu, 'b')),
  },
  {
    pattern: `${THAT_IS}${BETWEEN}${AMOUNT}(?: ?${SECOND})?${UNTIL}${AMOUNT} ?(${SECOND}|${MINUTE})\\b(?: ${LASTING}| sind| ist)?`,
    fact: ([, least = '', most = '', unit = '']) => fact('len', `${seconds(least, unit)}-${seconds(most, unit)}`),
  },
  {
    pattern: `${THAT_IS}(?:shorter than|no longer than|not longer than|kürzer als|nicht länger als|${LESS}) ${LENGTH}(?: ${LASTING}| sind| ist)?`,
    fact: ([, amount = '', unit = '']) => fact('len', `<${seconds(amount, unit)}`),
  },
  {
    pattern: `${THAT_IS}(?:longer than|länger als|${MORE}) ${LENGTH}(?: ${LASTING}| sind| ist)?`,
    fact: ([, amount = '', unit = '']) => fact('len', `>${seconds(amount, unit)}`),
  },
  {
    pattern: `${THAT_IS}${ABOUT}${LENGTH}(?: ${LASTING}| sind| ist)?`,
    fact: ([, amount = '', unit = '']) => {
      const [least, most] = [1 - LENGTH_LEEWAY, 1 + LENGTH_LEEWAY].map((factor) => times(numberOf(amount), factor));
      return fact('len', `${least}${unitOf(unit)}-${most}${unitOf(unit)}`);
    },
  },
  // "10 minutes of rain": a recording that has so many.
  {
    pattern: `^(?:(?:some|etwa) )?${LENGTH}(?: of| lang)?(?= \\p{L})`,
    fact: ([said = '', amount = '', unit = '']) =>
      /(?:of|lang|minuten?|sekunden?)$/iu.test(said) ? fact('len', `>${seconds(amount, unit)}`) : null,
  },
  { pattern: `(?:^|\\s)(?:long recordings?|lange aufnahmen?)\\b`, fact: () => fact('len', '>1m'), stays: 'unmet' },
  {
    pattern: `^(?:(?:an?|eine?[nmrs]?) )?(?:(?:very|really|sehr|ganz) )?(?:short|kurze?[nmrs]?)(?= \\p{L})${NOT_SHORT}`,
    fact: () => fact('len', '<5s'),
    stays: 'unmet',
  },
  { pattern: `\\s(?:short|kurze?[nmrs]?)(?= ${SOUND_NOUN}\\b)`, fact: () => fact('len', '<5s'), stays: 'unmet' },
  {
    pattern: `^(?:(?:an?|eine?[nmrs]?) )?(?:(?:very|really|sehr|ganz) )?(?:long|lange?[nmrs]?)(?= \\p{L})${NOT_LONG}`,
    fact: () => fact('len', '>5s'),
    stays: 'unmet',
  },
  { pattern: `\\s(?:long|lange?[nmrs]?)(?= ${SOUND_NOUN}\\b)`, fact: () => fact('len', '>5s'), stays: 'unmet' },
  {
    pattern: `(?:^|\\s)(?:one[- ]?shots?|einzelschl(?:ag|äge))(?![\\p{L}-])`,
    fact: () => fact('kind', 'one-shot'),
    stays: 'unmet',
  },
  {
    pattern: `(?:^|\\s)(?:slow|langsame?[nmrs]?)(?= (?:\\p{L}+ )?${RHYTHM}\\b)`,
    fact: () => fact('bpm', '<100'),
    stays: 'unmet',
  },
  {
    pattern: `(?:^|\\s)(?:fast|quick|schnelle?[nmrs]?)(?= (?:\\p{L}+ )?${RHYTHM}\\b)`,
    fact: () => fact('bpm', '>125'),
    stays: 'unmet',
  },
  {
    pattern: `${THAT_IS}${BETWEEN}[-−–]?(\\d{1,2}(?:[.,]\\d)?)(?: ?lufs| ?db)?${UNTIL}${LEVEL}`,
    fact: ([, from, to, bare]) => fact('loudness', `${level(from)}..${level(to, bare)}`),
  },
  {
    pattern: `${THAT_IS}(?:louder than|lauter als|${MORE}) ${LEVEL}(?: sind| ist)?`,
    fact: ([, typed, bare]) => fact('loudness', `>${level(typed, bare)}`),
  },
  {
    pattern: `${THAT_IS}(?:quieter than|softer than|leiser als|${LESS}) ${LEVEL}(?: sind| ist)?`,
    fact: ([, typed, bare]) => fact('loudness', `<${level(typed, bare)}`),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:(?:at|with|mit|bei) )?(${ABOUT})?[-−–]?(\\d{1,2}(?:[.,]\\d)?) ?lufs\\b`,
    fact: ([, about, typed]) => {
      const lufs = level(typed);
      return fact('loudness', about === undefined ? String(lufs) : `${lufs - LEVEL_LEEWAY}..${lufs + LEVEL_LEEWAY}`);
    },
  },
];

/** They come after all others, which go by what kind of thing is asked for. */
export const LOOP_RULES: readonly Rule[] = [
  { pattern: '^(?:loops?|schleifen?)$', fact: () => fact('kind', 'loop'), stays: 'unmet' },
  {
    // Not every loop is recognised as one; a single sound is.
    pattern: `(?:^|(?<!\\b(?:infinite|feedback|time|the|fruit|hula))\\s)(?:loops?|schleifen?)(?= (?:at|in|with|mit|bei|of|from|von|\\d)\\b|[,;]|$)`,
    fact: () => ({ ...fact('kind', 'one-shot'), negated: true }),
    stays: 'always',
  },
];
