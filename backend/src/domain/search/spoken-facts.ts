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
const LENGTH = `(\\d+(?:[.,]\\d+)?)\\s?(${SECOND}|${MINUTE})\\b`;
const SOUND_NOUN =
  '(?:samples?|sounds?|clips?|recordings?|noises?|hits?|files?|tones?|notes?|geräusche?|klänge?|klang|aufnahmen?|töne?)';
const RHYTHM =
  '(?:drum |break|hip[- ]hop |techno )?(?:loops?|beats?|grooves?|breakbeats?|songs?|tracks?|music|rhythms?|musik|lieder|lied|stücke?|rhythmus)';
/** Short things that are not short sounds, long things that are not long ones. */
const NOT_SHORT = '(?! (?:circuit|wave|notice|delay|reverb|decay|attack|echo|tail|release|break|kurz))';
const NOT_LONG = '(?! (?:reverb|tail|decay|attack|release|delay|echo|way|distance|sustain|jump|hair))';

const seconds = (amount: string, unit: string): string => {
  const number = amount.replace(',', '.');
  return new RegExp(`^${MINUTE}$`, 'iu').test(unit) ? `${number}m` : `${number}s`;
};

const day = (now: Date, daysAgo: number): string =>
  new Date(now.getTime() - daysAgo * 86_400_000).toISOString().slice(0, 10);

const fact = (field: SpokenFact['field'], value: string): SpokenFact => ({ field, value });

const RULES: readonly Rule[] = [
  {
    pattern: `(?:^|\\s)(?:(?:at|with|in|mit|bei|in) )?(?:a tempo of |tempo )?(around |about |circa |ca\\.? |etwa |ungefähr |~ ?)?(\\d{2,3}(?:[.,]\\d{1,2})?) ?bpm\\b`,
    fact: ([, about, tempo = '']) => {
      const bpm = Number(tempo.replace(',', '.'));
      if (bpm < 20 || bpm > 400) return null;
      return fact('bpm', about ? `${Math.round(bpm * 0.95)}-${Math.round(bpm * 1.05)}` : tempo.replace(',', '.'));
    },
  },
  {
    pattern: `(?:^|\\s)(?:in (?:the key of )?)?([a-g](?:#|♯|♭| sharp| flat|b)?[ -]?(?:minor|major)|[a-h](?:is|es|s)?[ -](?:moll|dur)|(?<=\\bin )[A-G][#b]?m)(?![\\p{L}-])`,
    fact: ([, key = '']) => fact('key', key.replace(/ sharp/iu, '#').replace(/ flat/iu, 'b')),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:that (?:is|are) |(?:which|die|das) )?(?:shorter than|less than|under|below|at most|no longer than|up to|kürzer als|weniger als|unter|höchstens|maximal|bis zu) ${LENGTH}(?: long| lang| sind| ist)?`,
    fact: ([, amount = '', unit = '']) => fact('len', `<${seconds(amount, unit)}`),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:that (?:is|are) |(?:which|die|das) )?(?:longer than|more than|over|above|at least|länger als|mehr als|über|mindestens) ${LENGTH}(?: long| lang| sind| ist)?`,
    fact: ([, amount = '', unit = '']) => fact('len', `>${seconds(amount, unit)}`),
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
  const left = facts.length > 0 && ANY_SOUND.test(trimmedRest) ? '' : trimmedRest;
  return { rest: left === '' && facts.length === 0 ? text : left, facts, unmet };
}

const ANY_SOUND =
  /^(?:all (?:the )?|the |alle |die )?(?:sounds?|recordings?|samples?|files?|clips?|klänge?|aufnahmen?|dateien)$/iu;

const trimmed = (text: string): string => text.replace(/^[\s,]+|[\s,]+$/gu, '');
