import type { SoundFilters } from '../library/library.types.js';
import type { Field } from './query-fields.js';
import type { SoundPart, TextPart } from './search.types.js';

/** A part of a sound; whole where no times are given. Seconds. */
export type SoundSpan = Omit<SoundPart, 'weight'>;

/** One thing that is asked for. A term or an example of weight 0 stands there, but does not count. */
export type QueryPart =
  | { kind: 'term'; text: string; weight: number }
  | { kind: 'sound'; span: SoundSpan; weight: number }
  | { kind: 'clip'; clipId: string; weight: number }
  | { kind: 'name'; text: string }
  | { kind: 'filter'; field: Field; value: string; negated: boolean; filters: SoundFilters };

export interface ParsedQuery {
  text: TextPart[];
  like: SoundPart[];
  /** Clips that were sent to the server before. */
  clips: { clipId: string; weight: number }[];
  /** Must occur in a name or tag. */
  names: string[];
  filters: SoundFilters;
  hints: Hint[];
  /** In the order in which we write them. */
  parts: QueryPart[];
  /** Where plain words were read as people say them: the search for the very words instead; else null. */
  literal: string | null;
  /** Where the examples stand. */
  places: ReadonlyMap<QueryPart, Place>;
}

/** In UTF-16 units. */
export interface Place {
  at: number;
  length: number;
}

export const HINT_CODES = [
  'unknown_field',
  'no_value',
  'bad_value',
  'only_one',
  'unclosed_quote',
  'number',
  'weight',
  'too_many',
  'no_such_fact',
  'empty',
  'no_such_sound',
  'sound_not_ready',
  'outside_sound',
  'clip_gone',
] as const;
export type HintCode = (typeof HINT_CODES)[number];

/** Something that was probably meant otherwise. */
export interface Hint extends Place {
  code: HintCode;
  /** For people, in English. */
  message: string;
  /** What could stand there instead. */
  suggestion?: string;
  /** How it is written, for a value that does not fit. */
  example?: string;
}

export const placeOf = (part: QueryPart): number => {
  switch (part.kind) {
    case 'term':
      return part.weight < 0 ? 1 : 0;
    case 'sound':
    case 'clip':
      return 2;
    case 'name':
      return 3;
    case 'filter':
      return 4;
  }
};

export const byPlace = (a: QueryPart, b: QueryPart): number => placeOf(a) - placeOf(b);

const SPAN = /^([\w-]{1,100})(?:@([\d:.]*)-([\d:.]*))?$/;

/**
 * `ID`, `ID@3.2-5`, `ID@1:05-1:30`, `ID@3.2-`, `ID@-5`.
 * @returns null for anything else
 */
export function readSpan(text: string): SoundSpan | null {
  const [, soundId, from, to] = SPAN.exec(text) ?? [];
  if (soundId === undefined) return null;
  if (from === undefined || to === undefined) return { soundId };
  const [startS, endS] = [secondsOf(from), secondsOf(to)];
  if (startS === null || endS === null || (startS === undefined && endS === undefined)) return null;
  if (startS !== undefined && endS !== undefined && endS <= startS) return null;
  return { soundId, ...(startS === undefined ? {} : { startS }), ...(endS === undefined ? {} : { endS }) };
}

/** Seconds to hundredths; undefined for no text, null for what is no time. */
function secondsOf(text: string): number | undefined | null {
  if (text === '') return undefined;
  const found = /^(?:(\d{1,4}):(?=[0-5]?\d(?:\.|$)))?(\d{1,6}(?:\.\d{1,4})?)$/.exec(text);
  return found ? Math.round(100 * (Number(found[1] ?? 0) * 60 + Number(found[2]))) / 100 : null;
}

export const formatSpan = ({ soundId, startS, endS }: SoundSpan): string =>
  startS === undefined && endS === undefined ? soundId : `${soundId}@${startS ?? ''}-${endS ?? ''}`;
