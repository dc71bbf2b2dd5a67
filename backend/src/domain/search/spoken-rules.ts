import type { SpokenFact } from './spoken-language.js';

/** Takes words of a text as a fact; null where they mean something else. */
export interface Rule {
  pattern: string;
  /** @param today the day where the asker is, `2026-11-30`; `typed`: all that was typed, also what frames the text */
  fact: (found: RegExpMatchArray, today: string, typed: string) => SpokenFact | null;
  /** They may also mean how it sounds, or a name: `always` they stay, or where no sound is known to meet the fact. */
  stays?: 'always' | 'unmet';
}

export const fact = (field: SpokenFact['field'], value: string): SpokenFact => ({ field, value });

export const THAT_IS = '(?:^|[\\s,]+)(?:that (?:is|are) |(?:which|die|das) )?';
export const BETWEEN = '(?:between |from |zwischen |von )?';
export const UNTIL = '(?: ?[-–] ?| to | and | bis | und )';
export const ABOUT = '(?:around|about|circa|ca\\.?|roughly|etwa|ungefähr|rund|um die|~) ?';
export const LESS =
  '(?:less than|under|below|at most|no more than|up to|max(?:imum|\\.)?|weniger als|unter|höchstens|maximal|bis zu)';
export const MORE = '(?:more than|over|above|at least|min(?:imum|\\.)?|mehr als|über|mindestens)';
/** Where a statement ends. */
export const ENDS = '(?=$|[\\s,])';
