import type { SpokenContext, SpokenFact } from './spoken-language.js';

/** What is left of a text without the facts that it states. */
export interface FactsRead {
  rest: string;
  facts: SpokenFact[];
  /** The words of facts that no sound of the library meets. */
  unmet: string[];
}

/** Takes words of a text as a fact; null where they mean something else. */
interface Rule {
  pattern: string;
  fact: (found: RegExpMatchArray, now: Date) => SpokenFact | null;
  /** They also say how it sounds: `always` they stay, or where no sound is known to meet the fact. */
  stays?: 'always' | 'unmet';
}

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
const THAT_IS = '(?:^|[\\s,]+)(?:that (?:is|are) |(?:which|die|das) )?';
const BETWEEN = '(?:between |from |zwischen |von )?';
const UNTIL = '(?: ?[-–] ?| to | and | bis | und )';
const ABOUT = '(?:around|about|circa|ca\\.?|roughly|etwa|ungefähr|rund|um die|~) ?';
const LESS =
  '(?:less than|under|below|at most|no more than|up to|max(?:imum|\\.)?|weniger als|unter|höchstens|maximal|bis zu)';
const MORE = '(?:more than|over|above|at least|min(?:imum|\\.)?|mehr als|über|mindestens)';
/** How far off what is asked for with `about` may be. */
const TEMPO_LEEWAY = 0.05;
const LENGTH_LEEWAY = 0.2;
const SOUND_NOUN =
  '(?:samples?|sounds?|clips?|recordings?|noises?|hits?|files?|tones?|notes?|geräusche?|klänge?|klang|aufnahmen?|töne?)';
const LASTING = '(?:long|lange?[nmrs]?)\\b';
const FORMAT = '(mp3|flac|wav|aiff?|ogg|m4a)';
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

const day = (now: Date, daysAgo: number): string =>
  new Date(now.getTime() - daysAgo * 86_400_000).toISOString().slice(0, 10);

const fact = (field: SpokenFact['field'], value: string): SpokenFact => ({ field, value });

const RULES: readonly Rule[] = [
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
    pattern: `(?:^|[\\s,]+)in (stereo|mono)\\b`,
    fact: ([, channels = '']) => fact('channels', channels.toLowerCase()),
  },
  {
    pattern: `(?<!\\b(?:car|home|hi-fi|old|loud))(?:^|\\s)stereo(?! (?:system|set|anlage))(?=\\s|$|,)`,
    fact: () => fact('channels', 'stereo'),
  },
  { pattern: `(?:^|\\s)mono(?= (?:samples?|recordings?|files?|aufnahmen?)\\b)`, fact: () => fact('channels', 'mono') },
  {
    pattern: `(?:^|[\\s,]+)(?:(?:added|uploaded|new|hinzugefügt|hochgeladen|neu) )?(?:from |since |in |of |von |aus |seit )?(?:the |der |dem |den )?(?:last|past|this|letzte[nmr]?|vergangene[nmr]?|diese[nmr]?) (week|month|woche|monat)\\b`,
    fact: ([, unit = ''], now) => fact('added', `>${day(now, /^(?:week|woche)$/iu.test(unit) ? 7 : 31)}`),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:(?:added|uploaded|new|hinzugefügt|hochgeladen|neu) )?(?:in |from |aus |von )?(?:the |den )?(?:last|past|letzten|vergangenen) (\\d{1,3}) (?:days|tagen|tage)\\b`,
    fact: ([, days = ''], now) => fact('added', `>${day(now, Number(days))}`),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:(?:(?:that |which )?(?:i|we) )?(?:added|uploaded|imported|hinzugefügt|hochgeladen) |from |since |von |seit )(today|yesterday|heute|gestern)\\b`,
    fact: ([, when = ''], now) => fact('added', `>${day(now, /^(?:today|heute)$/iu.test(when) ? 0 : 1)}`),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:die (?:ich|wir) )?(heute|gestern) (?:hinzugefügt|hochgeladen|importiert)(?: (?:habe|haben|wurden?))?(?![\\p{L}])`,
    fact: ([, when = ''], now) => fact('added', `>${day(now, /^heute$/iu.test(when) ? 0 : 1)}`),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:(?:only|nur|as|als|in) )?${FORMAT}(?:[- ](?:files?|only|format|dateien|datei))?(?=$|[\\s,])`,
    fact: ([, format = '']) => fact('format', format.toLowerCase()),
  },
  // Last: others go by what kind of thing is asked for.
  { pattern: '^(?:loops?|schleifen?)$', fact: () => fact('kind', 'loop'), stays: 'unmet' },
  {
    // Not every loop is recognised as one; a single sound is.
    pattern: `(?:^|(?<!\\b(?:infinite|feedback|time|the|fruit|hula))\\s)(?:loops?|schleifen?)(?= (?:at|in|with|mit|bei|of|from|von|\\d)\\b|[,;]|$)`,
    fact: () => ({ ...fact('kind', 'one-shot'), negated: true }),
    stays: 'always',
  },
];

const COMPILED = RULES.map(({ pattern, ...rule }) => ({ ...rule, pattern: new RegExp(pattern, 'iu') }));

/**
 * The facts that words state, and what is left without them. Words of a fact that no sound of the library meets are left
 * out too, unless they say how it sounds or are all there is.
 * @param text single spaces
 */
export function factsIn(text: string, { knows, now }: SpokenContext): FactsRead {
  let rest = text;
  const facts: SpokenFact[] = [];
  const unmet: string[] = [];
  for (const { pattern, fact, stays } of COMPILED) {
    const found = pattern.exec(rest);
    const stated = found && fact(found, now);
    if (!found || !stated || facts.some(({ field }) => field === stated.field)) continue;
    const met = knows(stated);
    if (met) facts.push(stated);
    else if (stays === undefined) unmet.push(trimmed(found[0]));
    if (stays === 'always' || (stays === 'unmet' && !met)) continue;
    rest = `${rest.slice(0, found.index)} ${rest.slice(found.index + found[0].length)}`.replace(/\s+/gu, ' ').trim();
  }
  const trimmedRest = facts.length + unmet.length > 0 ? trimmed(rest) : rest;
  // "sounds from last week": whatever they are.
  const left = facts.length > 0 && meansAnySound(trimmedRest) ? '' : trimmedRest;
  return { rest: left === '' && facts.length === 0 ? text : left, facts, unmet };
}

/** Words that ask for whatever there is. */
const ANY_SOUND =
  /^(?:(?:all (?:the )?|the |alle |die )?(?:sounds?|recordings?|samples?|files?|clips?|klänge?|aufnahmen?|dateien)|something|anything|stuff|etwas|irgendwas|irgendetwas)$/iu;

/** Whether a text asks for whatever there is: `sounds`, `something`. */
export const meansAnySound = (text: string): boolean => ANY_SOUND.test(text);

const trimmed = (text: string): string => text.replace(/^[\s,:;]+|[\s,:;]+$/gu, '');
