import { COMPARED, type AspectWeights, type Compared } from '../analysis/aspects.types.js';
import type { SoundFilters } from '../library/library.types.js';
import type { Field } from './query-fields.js';
import type { ResultOrder } from './query-sorts.js';
import type { SoundPart, TextPart } from './search.types.js';

/** How much each counts where nothing is said. */
export const USUALLY: Readonly<Record<Compared, number>> = { overall: 1, timbre: 0, pitch: 0, rhythm: 0, loudness: 0 };

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
  /** The order that is asked for. */
  sort: ResultOrder | undefined;
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
  'no_sound_named',
  'empty',
  'no_such_sound',
  'sound_not_ready',
  'outside_sound',
  'no_such_aspect',
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

const SPAN = /^([\w-]{1,100})(?:@([\d:.]*)-([\d:.]*))?((?:~\p{L}+(?:[:=]\d{1,2}(?:[.,]\d{1,2})?)?)*)$/u;
const MOST = 10;

/** Other names of what is compared, in English and German. */
const COMPARED_WORDS: Readonly<Record<string, Compared>> = {
  gesamt: 'overall',
  all: 'overall',
  klang: 'timbre',
  klangfarbe: 'timbre',
  colour: 'timbre',
  tonhöhe: 'pitch',
  rhythmus: 'rhythm',
  lautheit: 'loudness',
  lautstärke: 'loudness',
};

/**
 * `ID`, `ID@3.2-5`, `ID@1:05-1:30`, `ID@3.2-`, `ID@-5`, each with what it is to be like in: `ID~rhythm`, `ID~timbre:2~overall:0`.
 * @returns null for anything else
 */
export function readSpan(text: string): SoundSpan | null {
  const [, soundId, from, to, named = ''] = SPAN.exec(text) ?? [];
  if (soundId === undefined) return null;
  const aspects = readAspects(named);
  if (aspects === null) return null;
  const compared = aspects && { aspects };
  if (from === undefined || to === undefined) return { soundId, ...compared };
  const [startS, endS] = [secondsOf(from), secondsOf(to)];
  if (startS === null || endS === null || (startS === undefined && endS === undefined)) return null;
  if (startS !== undefined && endS !== undefined && endS <= startS) return null;
  return { soundId, ...(startS === undefined ? {} : { startS }), ...(endS === undefined ? {} : { endS }), ...compared };
}

/** Undefined for no text; null for names that are none, and where nothing would count. */
function readAspects(text: string): AspectWeights | undefined | null {
  if (text === '') return undefined;
  const weights: AspectWeights = {};
  for (const typed of text.slice(1).split('~')) {
    const [word = '', amount = '1'] = typed.split(/[:=]/u);
    const name = COMPARED.find((known) => known === word.toLowerCase()) ?? COMPARED_WORDS[word.toLowerCase()];
    if (!name) return null;
    weights[name] = Math.min(MOST, Number(amount.replace(',', '.')));
  }
  if (COMPARED.every((name) => (weights[name] ?? USUALLY[name]) === 0)) return null;
  const said = COMPARED.flatMap((name) => {
    const weight = weights[name] ?? USUALLY[name];
    return weight === USUALLY[name] ? [] : [[name, weight] as const];
  });
  return said.length > 0 ? Object.fromEntries(said) : undefined;
}

/** Seconds to hundredths; undefined for no text, null for what is no time. */
function secondsOf(text: string): number | undefined | null {
  if (text === '') return undefined;
  const found = /^(?:(\d{1,4}):(?=[0-5]?\d(?:\.|$)))?(\d{1,6}(?:\.\d{1,4})?)$/.exec(text);
  return found ? Math.round(100 * (Number(found[1] ?? 0) * 60 + Number(found[2]))) / 100 : null;
}

export const formatSpan = ({ soundId, startS, endS, aspects = {} }: SoundSpan): string =>
  (startS === undefined && endS === undefined ? soundId : `${soundId}@${startS ?? ''}-${endS ?? ''}`) +
  COMPARED.flatMap((name) => {
    const weight = aspects[name] ?? USUALLY[name];
    return weight === USUALLY[name] ? [] : [`~${name}${weight === 1 ? '' : `:${weight}`}`];
  }).join('');
