import { LIBRARY_RULES } from './spoken-library-rules.js';
import { LOOP_RULES, SOUND_RULES } from './spoken-sound-rules.js';
import type { SpokenContext, SpokenFact } from './spoken-language.js';

/** What is left of a text without the facts that it states. */
export interface FactsRead {
  rest: string;
  facts: SpokenFact[];
  /** The words of facts that no sound of the library meets. */
  unmet: string[];
}

const COMPILED = [...SOUND_RULES, ...LIBRARY_RULES, ...LOOP_RULES].map(({ pattern, ...rule }) => ({
  ...rule,
  pattern: new RegExp(pattern, 'iu'),
}));

/**
 * The facts that words state, and what is left without them. Words of a fact that no sound of the library meets are left
 * out too, unless they say how it sounds or are all there is.
 * @param text single spaces
 * @param typed all that was typed, of which the text may be what is left
 */
export function factsIn(text: string, { knows, today }: SpokenContext, typed: string): FactsRead {
  let rest = text;
  const facts: SpokenFact[] = [];
  const unmet: string[] = [];
  for (const { pattern, fact, stays } of COMPILED) {
    const found = pattern.exec(rest);
    const stated = found && fact(found, today, typed);
    if (!found || !stated || facts.some(({ field }) => field === stated.field)) continue;
    const met = knows(stated);
    if (met) facts.push(stated);
    else if (stays === undefined) unmet.push(tidy(found[0]));
    if (stays === 'always' || (stays === 'unmet' && !met)) continue;
    rest = `${rest.slice(0, found.index)} ${rest.slice(found.index + found[0].length)}`
      .replace(/\s+(?=[\s,;])/gu, '')
      .trim();
  }
  const tidied = facts.length + unmet.length > 0 ? tidy(rest) : rest;
  // "sounds from last week": whatever they are.
  const left = facts.length > 0 && meansAnySound(tidied) ? '' : tidied;
  return { rest: left === '' && facts.length === 0 ? text : left, facts, unmet };
}

/** Words that ask for whatever there is. */
const ANY_SOUND =
  /^(?:(?:all (?:the )?|the |alle |die )?(?:sounds?|recordings?|samples?|files?|clips?|klänge?|geräusche?|aufnahmen?|dateien)|something|anything|everything|all|stuff|alles|etwas|irgendwas|irgendetwas)$/iu;

/** Whether a text asks for whatever there is: `sounds`, `something`. */
export const meansAnySound = (text: string): boolean => ANY_SOUND.test(text);

/** Without signs and spaces at its ends, and single spaces within. */
export const tidy = (text: string): string =>
  text
    .replace(/\s+/gu, ' ')
    .replace(/^[\s,;:.]+|[\s,;:.]+$/gu, '')
    .trim();
