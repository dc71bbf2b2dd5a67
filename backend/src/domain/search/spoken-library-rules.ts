import { ENDS, fact, THAT_IS, type Rule } from './spoken-rules.js';
import { orderNamed } from './query-sorts.js';
import type { SpokenFact } from './spoken-language.js';

/** `mono synth lead` plays one note at a time. */
const MONOPHONIC = /\b(?:synth\w*|leads?|bass(?:es|lines?)?|saws?|sine|osc\w*|keys?|poly\w*|chords?)\b/iu;

const LETTERED = 'mp3|flac|wav|aiff?|ogg|m4a';
const FORMAT = `(${LETTERED})`;
const FORMAT_NOUN = '(?:[- ](?:files?|only|format|dateien|datei))?(?: (?:of|von)(?= \\p{L}))?';
const ANY_FORMAT = new RegExp(`\\b(?:${LETTERED})\\b`, 'giu');

const DAY_MS = 86_400_000;
const dayBefore = (today: string, days: number): string =>
  new Date(Date.parse(today) - days * DAY_MS).toISOString().slice(0, 10);
/** How many days a unit of time has, in English or German. */
const daysOf = (unit: string): number => (/^(?:week|woche)/iu.test(unit) ? 7 : /^mon/iu.test(unit) ? 31 : 1);
const yearOf = (today: string): number => Number(today.slice(0, 4));

const HAVING_ADDED = "(?:did |have )?(?:i|we)(?: have|[’']ve)?(?: just| recently)? ";
const ADDING =
  `(?:(?:(?:that |which |what |everything |all )?(?:${HAVING_ADDED})?(?:add(?:ed)?|upload(?:ed)?|import(?:ed)?)` +
  '|(?:(?:die|was|alles,? was) )?(?:(?:habe|haben) )?(?:(?:ich|wir) )?(?:hinzugefügt|hochgeladen|importiert)) )';
/** What a German clause ends with: `heute hinzugefügt`, `gestern hochgeladene …`. */
const ADDED = '(?: (?:hinzugefügt|hochgeladen|importiert)(?:e[nrs]?)?(?: (?:habe|haben|wurden?))?)(?!\\p{L})';
const WHO_ADDED = '(?:(?:die|was|alles,? was) (?:ich|wir) )?';
const SINCE = '(?:(?:from|since|in|of|within|von|vom|aus|seit|im) )';
const THE = '(?:the |der |dem |den )?';
const LATELY = `(?:^|[\\s,]+)${WHO_ADDED}(?:${ADDING}|(?:what[’']s )?(?:new|neu) )?${SINCE}?${THE}`;

const MONTHS = [
  'january|januar',
  'february|februar',
  'march|märz',
  'april',
  'may|mai',
  'june|juni',
  'july|juli',
  'august',
  'september',
  'october|oktober',
  'november',
  'december|dezember',
];
const MONTH = `(${MONTHS.join('|')})`;
const YEAR = '(?:(?:dem |the )?(?:jahr|year) )?(20\\d\\d)(?! ?(?:to|bis|until|or|oder|[-–]))';

/** A year, or a month: of the year that is named, else the latest one. Null for what is yet to come. */
function monthOf(name: string | undefined, year: string | undefined, today: string): string | null {
  if (name === undefined) return year !== undefined && Number(year) <= yearOf(today) ? year : null;
  const month = String(MONTHS.findIndex((names) => names.split('|').includes(name.toLowerCase())) + 1).padStart(2, '0');
  const latest = month <= today.slice(5, 7) ? yearOf(today) : yearOf(today) - 1;
  const said = `${year ?? latest}-${month}`;
  return said <= today ? said : null;
}

const addedIn = (since: string | undefined, when: string | null): SpokenFact | null =>
  when === null ? null : fact('added', `${/^(?:since|seit)/iu.test(since ?? '') ? '>' : ''}${when}`);

const ANY_YEAR = '(?:18|19|20)\\d\\d';
/** `in 2019`, `im März 2019`, `since 2015`, `on 2019-03-14`, `in the 80s`, `between 2015 and 2019`. */
const DATED =
  `(?:(?:(?:between|from|zwischen|von) )?(?<from>${ANY_YEAR})(?: ?[-–] ?| to | and | bis | und )(?<to>${ANY_YEAR})` +
  '|(?:(?<when>in|on|during|since|after|before|until|im|am|seit|nach|vor|bis|ab|von|vom|aus) )?(?:(?:the|dem|den|der) )?(?:(?:years?|jahre?n?) )?' +
  `(?:(?<day>${ANY_YEAR}-\\d\\d(?:-\\d\\d)?)|(?<decade>(?:19|20)?\\d0)(?:[’']?s|ern?(?: jahren?)?)` +
  `|(?:(?<month>${MONTHS.join('|')}) )?(?<year>${ANY_YEAR})|(?<latest>${MONTHS.join('|')})))`;
/** A year, or a month of it, behind a word such as `from`; not where a span or a choice begins. */
const THAT_YEAR = `(?:(?<month>${MONTHS.join('|')}) )?(?:(?:dem |the )?(?:jahr|year) )?(?<year>${ANY_YEAR})(?! ?(?:to|bis|until|or|oder|[-–]))`;
const RECORDING = /(?:recordings?|aufnahmen?)(?!\p{L})/iu;
/** The 30s of this century are yet to come. */
const FIRST_OF_DECADES = 30;

/** When something was recorded; null for what is yet to come. A limit that does not count itself is one year off. */
function recordedFact({ groups = {} }: RegExpMatchArray, today: string): SpokenFact | null {
  const { from, to, when = '', day, decade, month, year, latest } = groups;
  if (from !== undefined) return fact('recorded', `${from}..${to}`);
  if (decade !== undefined) {
    const first =
      decade.length === 4 ? Number(decade) : Number(decade) + (Number(decade) < FIRST_OF_DECADES ? 2000 : 1900);
    return first > yearOf(today) ? null : fact('recorded', `${first}..${first + 9}`);
  }
  const said = day ?? monthOf(month ?? latest, year, today);
  if (said === null || said > today) return null;
  if (/^(?:after|nach|before|vor)$/iu.test(when) && said.length === 4) {
    return fact('recorded', /^(?:after|nach)$/iu.test(when) ? `>${Number(said) + 1}` : `<${Number(said) - 1}`);
  }
  const sign = /^(?:since|after|seit|nach|ab)$/iu.test(when)
    ? '>'
    : /^(?:until|before|bis|vor)$/iu.test(when)
      ? '<'
      : '';
  return fact('recorded', `${sign}${said}`);
}

const DAY_OR_YEAR = '(?:(today|heute)|(yesterday|gestern)|(this year|dieses jahr)|(?:last year|letztes jahr))';

const MINUTES_OR_HOURS = '(minutes?|hours?|minuten?|stunden?)';
const recentFact = (count: string, unit: string): SpokenFact =>
  fact('added', `${count}${/^m/iu.test(unit) ? 'm' : 'h'}`);

const orderFact = (said: string): SpokenFact | null => {
  const order = orderNamed(said);
  return order ? fact('sort', order) : null;
};

const OR_MORE = '( (?:or|oder|and|und) (?:better|more|higher|up|above|besser|mehr))?';
const stars = ([said, amount = '', more]: RegExpMatchArray): SpokenFact =>
  fact(
    'rating',
    amount !== '5' && (more !== undefined || /\+|\b(?:at least|mindestens|ab)\b/iu.test(said)) ? `${amount}-5` : amount,
  );

const FAVOURITES = 'favou?rites|favoriten|lieblinge';
const STARRED = `(?:^|[\\s,]+)(?:(?:that )?(?:i|we)(?: have|[’']ve)? )?starred(?!\\p{L}| by\\b)`;

/** Up to four words, to the end or to what else is said. */
const NAME =
  '([^\\s,;]+(?: [^\\s,;]+){0,3}?)(?=$|[,;]| (?:and|or|but|with|without|in|at|from|und|oder|aber|mit|ohne|aus|von)\\s)';
/** What `by` and `von` name that is nobody: a place, a time, a means. */
const NOBODY =
  '(?!(?:an?|my|your|his|her|our|its|their|hand|foot|now|then|night|day|car|train|bus|boat|ear|accident|mistake|default|me|you|him|us|them|eine?[nmrs]?|mir|dir|uns|oben|unten|hier|dort|vorne?|hinten|nah|weit|fern|links|rechts)\\b)';

const SUPERLATIVE =
  '((?:last|latest|most recently|first|earliest) recorded|(?:zuletzt|zuerst) aufgenommene[nmrs]?|newest|latest|most recent|oldest|longest|shortest|loudest|quietest|(?:neue?ste|älteste|längste|kürzeste|lauteste|leiseste)[nmrs]?)';
/** What superlatives say of something else than the recording: of its parts, or in a saying. */
const NOT_OF_RECORDING =
  '(?! (?:days?|nights?|winter|summer|yard|paths?|ways?|routes?|distance|straw|tricks?|profession|man|men|woman|women|persons?|people|members?|fashion|news|jokes?|' +
  'parts?|moments?|passages?|places?|bits?|points?|reverb|delay|echo|tail|decay|sustain|' +
  'tage?|nächte?|nacht|weg|strecke|mann|frau|mensch|menschen|mitglied|gewerbe|witz|mode|nachrichten|stellen?|teile?|moment|nachhall|hall)(?!\\p{L}))';
/** Rates that files have and that nobody hears as a tone: `1 kHz` is one. */
const FILE_RATE = '(44[.,]1|48|88[.,]2|96|176[.,]4|192) ?khz';
/** What is heard, or recorded, at such frequencies. */
const ULTRASOUND =
  /\b(?:bats?|ultra\w*|echolocation|tones?|sines?|sinus\w*|whistles?|fledermäuse?|fledermaus\w*|ton|töne)\b/iu;

/** Sizes that samples of files have. Of 8 bits is the sound of old games, and nobody means such files. */
const FILE_BITS =
  '(?<bits>16|20|24|32)[- ]?bits?(?:[- ](?:float(?:ing[- ]point)?|integer|int|pcm|depth|resolution|fließkomma|auflösung|bittiefe))?';
/** Also before what is made of it (`24-Bit-Aufnahme`), and before the rate (`24 bit/96 kHz`). */
const BITS_END = '(?: ?/ ?(?=\\d)|-(?=\\p{L})|(?=$|[\\s,]))';
const BITS_BEGIN =
  '(?:^|[\\s,/]+)(?<not>(?:but |and |aber |und )?(?:no|not|without|ohne|nicht|keine?[nmrs]?) )?(?:that (?:is|are|has|have) |recorded )?(?:(?:at|in|with|mit|bei) )?';
/** What sounds like a machine of so many bits, whatever its file has. */
const MACHINE =
  /\b(?:\d+[- ]?bit[- ](?:style|stil|era|ära|synth\w*)|games?|gam(?:er|ing)|consoles?|konsolen?|arcade|chip\p{L}*|snes|nes|sega|mega ?drive|genesis|amiga|atari|playstation|retro|pixels?|crush\p{L}*|reduc\p{L}*|\p{L}*spiel\p{L}*|8[- ]?bit)(?!\p{L})/iu;

/** Which bits are meant; a limit that does not count itself is one off. */
function bitsFact({ input = '', groups = {} }: RegExpMatchArray): SpokenFact | null {
  const { not, bits, above, least, below, most } = groups;
  if (MACHINE.test(input)) return null;
  const sign = (above ?? least) ? '>' : (below ?? most) ? '<' : '';
  const stated = fact('bits', `${sign}${Number(bits) + (above ? 1 : below ? -1 : 0)}`);
  return not === undefined ? stated : { ...stated, negated: true };
}

/** What is known of the file, and what people say of it: channels, format, when it was added, stars, tags, names. */
export const LIBRARY_RULES: readonly Rule[] = [
  {
    pattern: `(?:^|[\\s,]+)in (stereo|mono|surround)\\b`,
    fact: ([, channels = '']) => fact('channels', channels.toLowerCase()),
  },
  {
    pattern: `(?<!\\b(?:car|home|hi-fi|old|loud))(?:^|\\s)stereo(?! (?:system|set|anlage))(?:-(?=\\p{L})|(?=aufnahmen?\\b|\\s|$|,))`,
    fact: () => fact('channels', 'stereo'),
  },
  {
    pattern: `(?:^|[\\s,]+)mono(?:[- ](?=\\p{L})|(?=aufnahmen?\\b|$|,))`,
    fact: ({ input = '' }) => (MONOPHONIC.test(input) ? null : fact('channels', 'mono')),
  },
  // Before "last year" alone, which is of when it was added.
  ...[`recorded ${DAY_OR_YEAR}`, `aufgenommen ${DAY_OR_YEAR}`, `${DAY_OR_YEAR} aufgenommen(?:e[nrs]?)?`].map(
    (words) => ({
      pattern: `(?:^|[\\s,]+)${words}${ENDS}`,
      fact: ([, now, before, thisYear]: RegExpMatchArray, today: string) =>
        fact('recorded', now ? today : before ? dayBefore(today, 1) : String(yearOf(today) - (thisYear ? 0 : 1))),
    }),
  ),
  {
    pattern: `${LATELY}(last|past|this|letzte[nmrs]?|vergangene[nmrs]?|diese[nmrs]?) (week|month|year|woche|monat|jahr)\\b(?:${ADDED})?`,
    fact: ([, which = '', unit = ''], today) =>
      /^(?:year|jahr)$/iu.test(unit)
        ? fact('added', String(yearOf(today) - (/^(?:this|diese)/iu.test(which) ? 0 : 1)))
        : fact('added', `>${dayBefore(today, daysOf(unit))}`),
  },
  {
    pattern: `${LATELY}(?:last|past|letzten|vergangenen) (\\d{1,3}) (days|weeks|months|tagen?|wochen|monaten?)\\b(?:${ADDED})?`,
    fact: ([, count = '', unit = ''], today) => fact('added', `>${dayBefore(today, Number(count) * daysOf(unit))}`),
  },
  {
    pattern: `^(?:(?:the|die|der) )?(?:last|past|letzten?|vergangenen?) (\\d{1,3}) ${MINUTES_OR_HOURS}$`,
    fact: ([, count = '', unit = '']) => recentFact(count, unit),
  },
  {
    pattern: `(?:^|[\\s,]+)${WHO_ADDED}(?:${ADDING}${SINCE}?|${SINCE})${THE}(?:last|past|letzten?|vergangenen?) (?:(\\d{1,3}) ${MINUTES_OR_HOURS}|(hour|stunde))\\b(?! (?:of|von|vom|des|der|in)\\b)(?:${ADDED})?`,
    fact: ([, count = '1', unit = 'hour']) => recentFact(count, unit),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:${ADDING}${SINCE}?|${SINCE}|new )(today|yesterday|heute|gestern)\\b`,
    fact: ([, when = ''], today) => fact('added', `>${dayBefore(today, /^(?:today|heute)$/iu.test(when) ? 0 : 1)}`),
  },
  {
    pattern: `(?:^|[\\s,]+)${WHO_ADDED}(heute|gestern)${ADDED}`,
    fact: ([, when = ''], today) => fact('added', `>${dayBefore(today, /^heute$/iu.test(when) ? 0 : 1)}`),
  },
  {
    pattern: `(?:^|[\\s,]+)${ADDING}(${SINCE}?)(?:${MONTH}(?: ${YEAR})?|${YEAR})${ENDS}`,
    fact: ([, since, month, ofMonth, year], today) => addedIn(since, monthOf(month, ofMonth ?? year, today)),
  },
  {
    pattern: `(?:^|[\\s,]+)${WHO_ADDED}(${SINCE}?)(?:${MONTH}(?: ${YEAR})?|${YEAR})${ADDED}`,
    fact: ([, since, month, ofMonth, year], today) => addedIn(since, monthOf(month, ofMonth ?? year, today)),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:(?:that|which) (?:was|were) |(?:i|we) )?recorded ${DATED}${ENDS}`,
    fact: recordedFact,
  },
  {
    pattern: `(?:^|[\\s,]+)aufgenommen(?:e[nrs]?)? ${DATED}${ENDS}`,
    fact: recordedFact,
  },
  {
    pattern: `(?:^|[\\s,]+)(?:(?:die|das|der) )?(?:(?:ich|wir) )?${DATED} aufgenommen(?:e[nrs]?)?(?: (?:wurden?|habe|haben))?${ENDS}`,
    fact: recordedFact,
  },
  // Of what is called a recording, it is when it was recorded: `Aufnahme von 2019`, of which only the year is left here.
  {
    pattern: `(?:^(?=(?:\\p{L}+ )?${ANY_YEAR}$)|(?:^|[\\s,]+)(?:from|of|made in|von|vom|aus) )${THAT_YEAR}${ENDS}`,
    fact: (found, today, typed) => (RECORDING.test(typed) ? recordedFact(found, today) : null),
  },
  // Where nobody says how: first of when it was recorded, then of when it was added.
  {
    pattern: `(?:^|[\\s,]+)(?:from|von|vom|aus) ${THAT_YEAR}${ENDS}`,
    fact: recordedFact,
    stays: 'unmet',
  },
  {
    pattern: `(?:^|[\\s,]+)((?:from|since|von|vom|aus|seit) )(?:${MONTH} )?${YEAR}${ENDS}`,
    fact: ([, since, month, year], today) => addedIn(since, monthOf(month, year, today)),
    stays: 'unmet',
  },
  {
    pattern: `(?:^|[\\s,]+)(?:(?:only|nur|as|als|in) )?${FORMAT}(?:(?: files?| dateien)?(?:,? (?:or|oder|and|und) | ?/ ?|, ?)${FORMAT})*${FORMAT_NOUN}${ENDS}`,
    fact: ([said]) => fact('format', [...said.toLowerCase().matchAll(ANY_FORMAT)].join(',')),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:lossless|verlustfreie?[nmrs]?)(?: (?:files?|format|dateien))?${ENDS}`,
    fact: () => fact('format', 'wav,aiff,flac'),
  },
  {
    pattern: `${THAT_IS}(?:(?:did )?(?:i|we) rated?|^rate|rated|bewertet mit) (?:at least |mindestens )?([1-5])(?:\\+|(?! ?\\d))(?: (?:stars?|sternen?))?${OR_MORE}${ENDS}`,
    fact: stars,
  },
  {
    pattern: `${THAT_IS}(?:(?:with|mit|at least|mindestens|ab) )*([1-5])\\+?[ -](?:stars?|sternen?)${OR_MORE}(?! (?:hotel|general|wars))${ENDS}`,
    fact: stars,
    stays: 'unmet',
  },
  {
    pattern: `${THAT_IS}(?:(?:from|in|among|of|aus|von|unter) )?(?:(?:my|our|meine[nr]?|unsere[nr]?) (?:${FAVOURITES}n?)|(?:i|we)(?: have|[’']ve)? favou?rited)(?! things)${ENDS}`,
    fact: () => fact('favourite', 'true'),
  },
  {
    pattern: `^(?:(?:${FAVOURITES})$|(?:my |our )?favou?rited? (?!things\\b)(?=\\p{L}))`,
    fact: () => fact('favourite', 'true'),
    stays: 'unmet',
  },
  // With stars, or else with a heart.
  { pattern: STARRED, fact: () => fact('rating', '1-5'), stays: 'unmet' },
  { pattern: STARRED, fact: () => fact('favourite', 'true') },
  {
    pattern: `(?:^|[\\s,]+)(?:tagged(?: as| with)?|with the tag|getaggt (?:mit|als)|mit (?:dem )?(?:tag|schlagwort)) ${NAME}`,
    fact: ([, name = '']) => fact('tag', name),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:in|from|aus) (?:(?:the|my|our|der|meiner|unserer) )?(?:collection|playlist|sammlung) ${NAME}`,
    fact: ([, name = '']) => fact('collection', name),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:in|from|im|aus) (?:(?:the|my|our|dem|meinem) )?(?:folder|ordner) ${NAME}`,
    fact: ([, name = '']) => fact('folder', name),
  },
  {
    pattern: `${BITS_BEGIN}(?:(?<above>more than|over|above|mehr als|über)|(?<least>at least|min(?:imum|\\.)?|mindestens|ab)|(?<below>less than|under|below|weniger als|unter)|(?<most>at most|up to|max(?:imum|\\.)?|höchstens|bis zu)) ${FILE_BITS}${BITS_END}`,
    fact: bitsFact,
  },
  {
    pattern: `${BITS_BEGIN}${FILE_BITS}(?<least> (?:or|oder|and|und) (?:better|more|higher|up|above|besser|mehr|höher))?${BITS_END}`,
    fact: bitsFact,
  },
  {
    pattern: `(?:^|[\\s,]+)(?:(?:at|with|in|mit|bei) )?${FILE_RATE}${ENDS}`,
    fact: ({ input = '', 1: rate = '' }) =>
      ULTRASOUND.test(input) ? null : fact('rate', `${rate.replace(',', '.')}k`),
  },
  {
    pattern: `^(?:(?:the|my|our|die|der|das|den|meine?[nr]?|unsere?[nr]?) )?${SUPERLATIVE}(?:$|(?= \\p{L}))${NOT_OF_RECORDING}`,
    fact: ([, said = '']) => orderFact(said),
  },
  {
    pattern: `(?:^|[\\s,]+)(?:(?:the|die) )?${SUPERLATIVE} (?:first|ones first|zuerst|zuoberst)$`,
    fact: ([, said = '']) => orderFact(said),
  },
  // Only where somebody is called like that.
  {
    pattern: `(?<!(?:ed|close|near|passing))(?:^|[\\s,]+)(?:by|von) ${NOBODY}${NAME}`,
    fact: ([, name = '']) => fact('artist', name),
    stays: 'unmet',
  },
];
