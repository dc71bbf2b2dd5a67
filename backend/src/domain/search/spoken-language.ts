import type { Field } from './query-fields.js';
import { factsIn } from './spoken-facts.js';
import { withoutArticle, withoutFrame } from './spoken-frames.js';

/** A filter that words ask for: `120 bpm` → `bpm`, `120`. */
export interface SpokenFact {
  field: Field;
  value: string;
  /** What does not meet it is meant. */
  negated?: boolean;
}

/** What words ask for when they are read as people say them. */
export interface Spoken {
  /** What is wanted; empty when only something is not. Alternatives and steps are joined by their signs. */
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
  now: Date;
}

/** Best of several: `bell | gong`. */
export const EITHER = ' | ';
/** One after the other within a sound: `dog >> car`. */
export const THEN = ' >> ';

const MOST_EXCLUDED = 5;
const SIGNS = /^[-+]|["“”„‟«»^]|(?:^|\s)\p{L}{2,}:/u;

/**
 * Reads plain words as people say them: questions and requests, `without …`, `either … or …`, `… then …`, and facts such
 * as `120 bpm`. Models that compare text with sound understand none of these by themselves.
 * @param typed single spaces
 * @returns null where the words stand for themselves
 */
export function readSpoken(typed: string, context: SpokenContext): Spoken | null {
  const asked = affirmed(withoutFrame(typed));
  const { rest, facts, unmet } = factsIn(asked, context);
  const { wanted: kept, less } = exclusionsIn(rest);
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

const NO_AHEAD = '(?! (?:one|way|man|problem|longer|more|doubt)\\b)';
/** What begins an exclusion. `no` and `not` only where nothing else can be meant: at the start or after a break. */
const MARKER = new RegExp(
  [
    `(?:^|[\\s,;]+)(?:but |and |aber |und |doch )?(?:without|w/o|excluding|excludes|except(?: for)?|minus|with no|not including|other than|ohne|außer|ausser)(?: any\\b)?(?=\\s)`,
    `(?:[\\s,;]+(?:but|aber|and|und)|[,;]) (?:not|no|nicht|keine?[nmrs]?)${NO_AHEAD}(?: (?:with|mit))?(?=\\s)`,
    `^(?:no${NO_AHEAD}|not|keine?[nmrs]?)(?=\\s)`,
  ].join('|'),
  'giu',
);
/** What ends one, and goes on with what is wanted. */
const RESUMES = /(?:[\s,;]+(?:but|aber|and|und)|[,;.]) (?:with|mit)\s|[;.]\s/iu;
const LIST = /,\s*|\s(?:or|nor|and|oder|und|noch|sowie)\s/iu;
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
  return text.split(LIST).map(tidy).filter(Boolean);
}

const tidy = (text: string): string =>
  text
    .replace(/\s+/gu, ' ')
    .replace(/^[\s,;:.]+|[\s,;:.]+$/gu, '')
    .trim();

/** `either a bell or a gong` → `bell | gong`; what stands before counts for each. */
function alternativesIn(text: string): string | null {
  const found = /^(.*?)\b(?:either|entweder)\s(.+?)$/iu.exec(text);
  if (!found) return null;
  const [, before = '', said = ''] = found;
  const options = said.split(/\s(?:or|oder)\s|,\s*(?:or |oder )?/iu).map((option) => withoutArticle(tidy(option)));
  if (options.length < 2 || options.some((option) => option === '')) return null;
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
