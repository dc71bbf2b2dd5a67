import type { Field } from './query-fields.js';
import { factsIn, meansAnySound, tidy } from './spoken-facts.js';
import { asksForNothing, withoutArticle, withoutFrame } from './spoken-frames.js';

/** A filter that words ask for: `120 bpm` → `bpm`, `120`. */
export interface SpokenFact {
  field: Field;
  value: string;
  /** What does not meet it is meant. */
  negated?: boolean;
}

/** What words ask for when they are read as people say them. */
export interface Spoken {
  /** What is wanted; empty when only something is not, or nothing is said of it. Alternatives and steps are joined by their signs. */
  wanted: string;
  /** What is wanted less. */
  less: string[];
  facts: SpokenFact[];
  /** The words of facts that no sound of the library meets. */
  unmet: string[];
}

/** What the reader asks about the library. */
export interface SpokenContext {
  /** Whether the library has sounds of which this can be told. */
  knows: (fact: SpokenFact) => boolean;
  /** The day where the asker is: `2026-11-30`. */
  today: string;
}

/** Best of several: `bell | gong`. */
export const EITHER = ' | ';
/** One after the other within a sound: `dog >> car`. */
export const THEN = ' >> ';

const MOST_EXCLUDED = 5;
/** Nobody says so many signs; each pattern would begin anew at every one of them. */
const ONLY_SIGNS = /[\s\p{P}]{9}/u;
const SIGNS = /^[-+]|["“”„‟«»^]|(?:^|\s)\p{L}{2,}:/u;

/**
 * Reads plain words as people say them: questions and requests, `without …`, `either … or …`, `… then …`, and facts such
 * as `120 bpm`. Models that compare text with sound understand none of these by themselves.
 * @param typed single spaces
 * @returns null where the words stand for themselves
 */
export function readSpoken(typed: string, context: SpokenContext): Spoken | null {
  if (ONLY_SIGNS.test(typed)) return null;
  const unframed = withoutFrame(typed);
  if (asksForNothing(typed) || (unframed !== typed && meansAnySound(unframed)))
    return { wanted: '', less: [], facts: [], unmet: [] };
  const asked = plainly(affirmed(unframed));
  const { rest, facts, unmet } = factsIn(asked, context, typed);
  const { wanted: left, less } = exclusionsIn(rest);
  // "something that isn't percussion": whatever else.
  const kept = less.length > 0 && meansAnySound(left) ? '' : left;
  const wanted = less.length + facts.length + unmet.length > 0 ? withoutArticle(kept) : kept;
  const said = alternativesIn(wanted) ?? stepsIn(wanted) ?? wanted;
  if (said === typed && less.length + facts.length + unmet.length === 0) return null;
  // Parts that could be taken for signs of the query language are left as they were typed.
  if ([said, ...less].some((part) => SIGNS.test(part))) return null;
  return { wanted: said, less, facts, unmet };
}

const TWICE_NO =
  /(^|[\s,;]+)(?:but |and |aber |und |doch )?(?:not|never|nicht|nie|niemals) (without|w\/o|ohne)(?=\s)/giu;

/** `drums not without cymbals` → `drums with cymbals`. */
const affirmed = (text: string): string =>
  text
    .replace(TWICE_NO, (_, before: string, word: string) =>
      before === '' ? '' : ` ${word.toLowerCase() === 'ohne' ? 'mit' : 'with'}`,
    )
    .trim();

const ONLY =
  /^(?:(?:only|nothing but|nur|nichts als|ausschließlich)(?= \S)|just(?= (?:an?|the|some|plain|pure)\s)|bloß(?= (?:eine?|das|die|der)\s))\s/iu;
/** `(no thunder)` → `, no thunder`. */
const BRACKETED = /\s*\((?=(?:no|not|without|w\/o|ohne|keine?[nmrs]?|nicht)\s)([^()]*)\)/giu;
/** A model hears the word that is turned down: `rain, not too loud` is no loud rain. */
const TONED_DOWN =
  /[\s,;]*(?:\b(?:that|which)(?: is| are|'s|’s) |, (?:der|die|das) )?\b(?:not (?:too|so|that|very|really|all that)|nicht (?:zu|so|sehr|allzu)) \p{L}+(?: (?:ist|sind)\b)?[,;]?/giu;

/** `noise-free recording`; not all that is free of something lacks a sound: `royalty-free`. */
const FREE_OF =
  /\b(noise|vocals?|voice|speech|click|hiss|hum|echo|reverb|music|wind|distortion)[- ]free ([\p{L}\d -]+)/giu;

/** Without words that say how much of it, not what. */
function plainly(text: string): string {
  const said = tidy(
    text.replace(BRACKETED, ', $1').replace(FREE_OF, '$2 without $1').replace(TONED_DOWN, ' ').replace(ONLY, ''),
  );
  return said === '' || said === tidy(text) ? text : withoutArticle(said);
}

const NO_AHEAD = '(?! (?:one|way|man|problem|longer|more|doubt)\\b)';
/** What `not` does not exclude: `not only`, `do not disturb`. */
const NOT_AHEAD =
  '(?! (?:only|yet|too|very|so|that|really|quite|even|just|enough|all|much|many|here|there|far|long|sure|unlike|in|at|on|of|from|for|to|be)\\b)';
const NOT_BEHIND =
  '(?<!\\b(?:do|does|did|is|are|was|were|be|am|can|could|will|would|should|shall|may|might|must|have|has|had|why|or|if|whether|maybe|better|i|you|we|they))';
const ALL_BUT =
  '^(?:anything|everything|all(?: (?:the )?sounds)?|alles|alle(?: (?:Klänge|Aufnahmen))?)[,]? (?:but|except(?: for)?|other than|apart from|without|außer|ausser|bis auf|ohne)(?=\\s)';
/** What begins an exclusion. `no` and `not` only where nothing else can be meant: at the start or after a break. */
const MARKER = new RegExp(
  [
    ALL_BUT,
    `(?:^|[\\s,;]+)(?:but |and |aber |und |doch )?(?:without|w/o|instead of|rather than|neither|lacking|statt|anstatt|anstelle von|weder|excluding|excludes|except(?: for)?|minus|with no|not including|other than|ohne|außer|ausser)(?: any\\b)?(?=\\s)`,
    `(?:[\\s,;]+(?:but|aber|and|und)|[,;]) (?:not|no|nicht|keine?[nmrs]?)${NO_AHEAD}(?: (?:with|mit))?(?=\\s)`,
    `^(?:no${NO_AHEAD}|not${NOT_AHEAD}|keine?[nmrs]?)(?=\\s)`,
    `${NOT_BEHIND}\\snot${NOT_AHEAD}(?=\\s)`,
    `\\s(?:that|which) (?:(?:is|are)(?:n't|n’t| not)|(?:do|does)(?:n't|n’t| not) (?:have|contain|include|feature))(?: any)?(?=\\s)`,
    `^(?:(?:nothing|nichts) (?:with|mit)|avoid|exclude|leave out|(?:i|we) (?:do not|don't|don’t) (?:want|need)(?: any)?)(?=\\s)`,
  ].join('|'),
  'giu',
);
/** What ends one, and goes on with what is wanted. */
const RESUMES =
  /(?:[\s,;]+(?:but|aber|and|und)|[,;.]) (?:with|mit)\s|[,;.] (?:give me|show me|find me|i want|i need|gib mir|zeig mir|ich will)\s|[,;.]? (?:(?:but|aber|and|und) )?(?:only|just|rather|instead|nur|bloß|lieber|sondern(?: nur)?)\s|,? but\s|[;.]\s/iu;
const LIST = /,\s*|\s(?:or|nor|and|oder|und|noch|sowie)\s/iu;
/** What a list goes on with after its comma. */
const JOINED = /^(?:or|nor|and|oder|und|noch)\s/iu;
const FIXED = /\b(?:drum and bass|drum & bass|rock and roll|call and response|black and white)\b/iu;
const BACKGROUND = /\s(?:in (?:the|it)(?: background)?|in it|at all|on it|im hintergrund|dabei|darin|drin|drauf)$/iu;
const PREPOSITION = /^(?:in|on|at|with|from|by|under|over|im|in|auf|an|bei|mit|unter|über|von)\s/iu;

/** `rain without thunder or wind` → `rain`; `thunder`, `wind`. */
function exclusionsIn(text: string): { wanted: string; less: string[] } {
  const markers = [...text.matchAll(MARKER)];
  if (markers.length === 0) return { wanted: text, less: [] };
  let wanted = text.slice(0, markers[0]!.index);
  const less: string[] = [];
  markers.forEach((marker, i) => {
    const said = text.slice(marker.index + marker[0].length, markers[i + 1]?.index).trim();
    const end = RESUMES.exec(said);
    if (end) wanted += ` ${said.slice(end.index + end[0].length)}`;
    const items = itemsOf(end ? said.slice(0, end.index) : said);
    // After a comma and a preposition the place of it all is told: "birds, no crows, in a forest".
    const resumed = items.findIndex((item, at) => at > 0 && PREPOSITION.test(item));
    less.push(...(resumed > 0 ? items.slice(0, resumed) : items));
    if (resumed > 0) wanted += ` ${items.slice(resumed).join(' ')}`;
  });
  const named = less.map((item) => withoutArticle(item.replace(BACKGROUND, ''))).filter((item) => /\p{L}/u.test(item));
  if (named.length === 0) return { wanted: text, less: [] };
  return { wanted: tidy(wanted), less: [...new Set(named)].slice(0, MOST_EXCLUDED) };
}

function itemsOf(text: string): string[] {
  if (FIXED.test(text)) return [tidy(text)];
  return text
    .split(LIST)
    .map((item) => tidy(item).replace(JOINED, ''))
    .filter(Boolean);
}

const MOST_WORDS_OF_ANOTHER = 4;
const OR_ANOTHER = /\S,? (?:or|oder) (?:an?|the|some|eine?[nmrs]?|der|die|das|den|dem)\s\S/iu;

const ONE_OR_ONE = /^[\p{L}\d-]+ (?:or|oder) [\p{L}\d-]+$/iu;
const SET_PHRASE =
  /^(?:hit or miss|do or die|now or never|trick or treat|more or less|sink or swim|win or lose|dead or alive|one or two|two or three|mehr oder weniger|ein oder zwei|jetzt oder nie)$/iu;

/** `either a bell or a gong` → `bell | gong`; what stands before counts for each. */
function alternativesIn(text: string): string | null {
  const found = /^(.*?)\b(?:either|entweder)\s(.+?)$/iu.exec(text);
  // "crash or splash cymbal" is one thing, "an owl or a fox" are two, and so are "bass or guitar".
  const two = OR_ANOTHER.test(text) || / OR /u.test(text) || (ONE_OR_ONE.test(text) && !SET_PHRASE.test(text));
  if (!found && !two) return null;
  const [, before = '', said = text] = found ?? [];
  const options = said.split(/\s(?:or|oder)\s|,\s*(?:or |oder )?/iu).map((option) => withoutArticle(tidy(option)));
  if (options.length < 2 || options.some((option) => option === '')) return null;
  if (!found && options.some((option) => option.split(' ').length > MOST_WORDS_OF_ANOTHER)) return null;
  return options.map((option) => tidy(`${before}${option}`)).join(EITHER);
}

const STEP =
  /[\s,;:]+(?:and then|followed by|then|and afterwards|afterwards|und dann|dann|danach|und danach|gefolgt von|anschließend)[\s,:]+/iu;

/** `first a dog, then a car` → `dog >> car`. */
function stepsIn(text: string): string | null {
  const began = text.replace(/^(?:first|erst|zuerst)[\s,:]+/iu, '');
  const steps = began.split(STEP).map((step) => withoutArticle(tidy(step)));
  return steps.length >= 2 && steps.length <= 4 && steps.every(Boolean) ? steps.join(THEN) : null;
}
