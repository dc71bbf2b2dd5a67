import type { SoundFilters } from '../library/library.types.js';
import { EXAMPLES, FIELD_NAMES, fieldNamed, joinFilters, readField, type Field } from './query-fields.js';
import type { TextPart } from './search.types.js';
import { allowedEdits, editDistance, fold } from './words.js';

/**
 * What people may type into the one search box:
 *
 * - `rain on a roof`: plain words describe one sound; ` + ` between words begins another wish
 * - `rain^2`: a weight counts for the words before it, back to the last `+`, and ends the wish
 * - `-thunder`, `-"heavy rain"`: less of it
 * - `"exact words"`: must occur in a name or tag, in this order
 * - `"some words"^2`: with a weight, quotation marks only hold words together
 * - `tag:dog`, `artist:"two words"`, `bpm:120-128`, `len:<5s`, `added:>2026-01`…: must hold
 *
 * Signs count at the beginning of a word only, so that `hi-hat`, `7" vinyl`, `12:30` and addresses stay words.
 */
export interface ParsedQuery {
  text: TextPart[];
  /** Must occur in a name or tag. */
  names: string[];
  filters: SoundFilters;
  hints: Hint[];
  /** In the order in which we write them. */
  parts: QueryPart[];
}

/** One thing that is asked for. */
export type QueryPart =
  | { kind: 'wish'; text: string; weight: number }
  | { kind: 'name'; text: string }
  | { kind: 'filter'; field: Field; value: string; filters: SoundFilters };

export const HINT_CODES = [
  'unknown_field',
  'no_value',
  'bad_value',
  'only_one',
  'not_negated',
  'unclosed_quote',
  'number',
  'weight',
  'too_many',
  'empty',
] as const;
type HintCode = (typeof HINT_CODES)[number];

/** Something that was probably meant otherwise. */
export interface Hint {
  code: HintCode;
  /** For people, in English. */
  message: string;
  /** The place in the text, in UTF-16 units. */
  at: number;
  length: number;
  /** What could stand there instead. */
  suggestion?: string;
  /** How it is written, for a value that does not fit. */
  example?: string;
}

/** Of wishes, of exact words and of filters: more is no search, and costs. */
const MAX_OF_A_KIND = 20;
const MAX_HINTS = 10;
const MAX_WEIGHT = 10;
const QUOTES = '"“”„‟«»';
const WEIGHT = String.raw`\^-?\d+(?:[.,]\d+)?`;
const LEADING_QUOTES = new RegExp(`^[${QUOTES}]+`, 'u');
const TOKEN =
  String.raw`(?<minus>-+)?(?:(?<name>\p{L}{2,}):)?` +
  String.raw`(?:[${QUOTES}](?<quoted>[^${QUOTES}]*)[${QUOTES}](?<weight>${WEIGHT})?|(?<bare>\S*))`;
const WEIGHTED = new RegExp(`^(.*?)((?:${WEIGHT})+)$`, 'su');
const LONE_QUOTE = new RegExp(`^[${QUOTES}]$`, 'u');
const DASHES = /^-+$/u;
const NUMBER = /^-+\d+(?:[.,]\d+)?(?<unit>db\w*)?$/iu;
const ONLY_ONE: readonly Field[] = ['artist', 'genre', 'format', 'key'];
const HAS_WORD = /[\p{L}\p{N}]/u;

/** Reads what was typed. Any text is valid: what cannot be meant is read as plain words or left out, with a hint. */
export function parse(typed: string): ParsedQuery {
  const scan = new Scan();
  scan.read(typed);
  if (scan.parts.length === 0) {
    // Nothing but slips: then the words themselves are the best guess.
    const text = plain(typed.replaceAll(new RegExp(`[${QUOTES}]`, 'gu'), ' '));
    if (HAS_WORD.test(text)) scan.parts.push({ kind: 'wish', text, weight: 1 });
    else scan.hint('empty', 'There are no words in this to search for.', 0, typed.length);
  }
  return collected(scan.parts, scan.hints);
}

/** The same search in the one way we write it: wishes, what is unwanted, exact words, filters. */
export function format({ parts }: Pick<ParsedQuery, 'parts'>): string {
  const wishes = parts.filter((part) => placeOf(part) === 0);
  const others = parts.filter((part) => placeOf(part) > 0).sort(byPlace);
  return [wishes.map(formatPart).join(' + '), ...others.map(formatPart)].filter(Boolean).join(' ');
}

const placeOf = (part: QueryPart): number =>
  part.kind === 'filter' ? 3 : part.kind === 'name' ? 2 : part.weight < 0 ? 1 : 0;
const byPlace = (a: QueryPart, b: QueryPart): number => placeOf(a) - placeOf(b);

/** One part as it is typed. */
export function formatPart(part: QueryPart): string {
  switch (part.kind) {
    case 'name':
      return `"${part.text}"`;
    case 'filter':
      return `${part.field}:${quotedIfNeeded(part.value)}`;
    case 'wish': {
      const { text, weight } = part;
      const sign = weight < 0 ? '-' : '';
      const amount = Math.abs(weight) === 1 ? '' : `^${Math.abs(weight)}`;
      const candidates = [`${sign}${text}${amount}`, `${sign}"${text}"${amount}`];
      return candidates.find((candidate) => readsAs(candidate, part)) ?? `${sign}"${text}"^${Math.abs(weight)}`;
    }
  }
}

function readsAs(candidate: string, { text, weight }: TextPart): boolean {
  const scan = new Scan();
  scan.read(candidate);
  const [part] = scan.parts;
  return scan.parts.length === 1 && part?.kind === 'wish' && part.text === text && part.weight === weight;
}

const quotedIfNeeded = (value: string): string =>
  new RegExp(`^[${QUOTES}]|\\s|[,;]$`, 'u').test(value) ? `"${value}"` : value;

function collected(found: readonly QueryPart[], hints: Hint[]): ParsedQuery {
  const parts = [...found].sort(byPlace);
  const filters = parts.flatMap((part) => (part.kind === 'filter' ? part.filters : []));
  return {
    text: parts.flatMap((part) => (part.kind === 'wish' ? { text: part.text, weight: part.weight } : [])),
    names: parts.flatMap((part) => (part.kind === 'name' ? part.text : [])),
    filters: filters.reduce(joinFilters, {}),
    hints,
    parts,
  };
}

const plain = (text: string): string => text.replace(/\s+/gu, ' ').trim();

interface Token {
  at: number;
  raw: string;
  minus: boolean;
  name: string | undefined;
  /** What stands between quotation marks. */
  quoted: string | undefined;
  /** Weight after a closing quotation mark, as typed. */
  weight: string | undefined;
  bare: string;
  /** A quotation mark that is never closed stood here; it counts as nothing. */
  unclosed: boolean;
}

function* tokensOf(typed: string): Generator<Token> {
  const pattern = new RegExp(TOKEN, 'uy');
  for (let at = 0; at < typed.length; at = Math.max(at + 1, pattern.lastIndex)) {
    if (/\s/u.test(typed[at]!)) {
      pattern.lastIndex = at + 1;
      continue;
    }
    pattern.lastIndex = at;
    const { minus, name, quoted, weight, bare = '' } = pattern.exec(typed)?.groups ?? {};
    const unclosed = LEADING_QUOTES.test(bare);
    // Alone before other words: these are read as if it were not there.
    if (unclosed && minus === undefined && name === undefined) pattern.lastIndex = at + 1;
    const raw = typed.slice(at, pattern.lastIndex);
    yield {
      at,
      raw,
      minus: minus !== undefined,
      name,
      quoted,
      weight,
      bare: bare.replace(LEADING_QUOTES, ''),
      unclosed,
    };
  }
}

/** Goes through a text once and gathers its parts and hints. */
class Scan {
  readonly parts: QueryPart[] = [];
  readonly hints: Hint[] = [];
  /** Words of the wish that is being read. */
  private words: string[] = [];

  read(typed: string): void {
    for (const token of tokensOf(typed)) {
      if (token.unclosed) this.hint('unclosed_quote', 'This quotation mark is not closed.', token.at, token.raw.length);
      const field = token.name === undefined ? null : fieldNamed(token.name);
      if (LONE_QUOTE.test(token.raw) || DASHES.test(token.raw)) continue;
      if (token.raw === '+') this.endWish(1);
      else if (field) this.readFilter(token, field);
      else if (token.quoted !== undefined && token.name === undefined) this.readQuoted(token, token.quoted);
      else this.readWord(token);
    }
    this.endWish(1);
  }

  hint(
    code: HintCode,
    message: string,
    at: number,
    length: number,
    more: Pick<Hint, 'suggestion' | 'example'> = {},
  ): void {
    if (this.hints.length < MAX_HINTS) this.hints.push({ code, message, at, length, ...more });
  }

  private readQuoted(token: Token, quoted: string): void {
    const text = plain(quoted);
    if (!HAS_WORD.test(text))
      this.hint('no_value', 'There are no words between these marks.', token.at, token.raw.length);
    else if (token.minus || token.weight !== undefined) this.addWish(text, this.weightOf(token, token.weight));
    else this.push({ kind: 'name', text });
  }

  private readWord(token: Token): void {
    const { at, raw, minus, name, bare, unclosed } = token;
    const number = NUMBER.exec(raw);
    if (number && number.groups?.unit === undefined) {
      const message = `"${raw}" is read as a number. For less of it, put it in quotation marks.`;
      this.hint('number', message, at, raw.length, { suggestion: `-"${raw.replace(/^-+/u, '')}"` });
    }
    if (name !== undefined && bare !== '' && !/^[/\\]/u.test(bare)) this.unknownField(token);
    const negative = minus && !number;
    const signed = unclosed ? `${name === undefined ? '' : `${name}:`}${bare}` : raw;
    const word = plain(negative ? signed.replace(/^-+/u, '') : signed);
    const [, base = word, weights] = WEIGHTED.exec(word) ?? [];
    const weight = weights === undefined ? undefined : `^${weights.split('^').at(-1)}`;
    if (negative) return this.addWish(base, this.weightOf(token, weight));
    if (base !== '' && base !== '+' && !DASHES.test(base)) this.words.push(base);
    if (weight !== undefined) this.endWish(this.weightOf(token, weight));
  }

  private readFilter(token: Token, field: Field): void {
    const { at, raw } = token;
    const value = plain(token.quoted ?? token.bare.replace(/[,;]+$/u, ''));
    const example = EXAMPLES[field];
    if (!HAS_WORD.test(value)) {
      const message = `Nothing follows "${raw}". Write it like ${example}, without a space.`;
      return this.hint('no_value', message, at, raw.length, { example });
    }
    const read = readField(field, value);
    if (!read) {
      const message = `"${value}" does not fit "${field}:". Write it like ${example}.`;
      return this.hint('bad_value', message, at, raw.length, { example });
    }
    if (token.minus) {
      const message = `Filters cannot be turned around. Less of "${value}" was searched for instead.`;
      this.hint('not_negated', message, at, raw.length);
      return this.addWish(value, -1);
    }
    this.addFilter({ kind: 'filter', field, ...read }, token);
  }

  private addFilter(part: QueryPart & { kind: 'filter' }, { at, raw }: Token): void {
    const alike = this.parts.filter((other) => other.kind === 'filter' && other.field === part.field);
    if (alike.some((other) => other.kind === 'filter' && fold(other.value) === fold(part.value))) return;
    if (alike.length > 0 && ONLY_ONE.includes(part.field)) {
      this.hint('only_one', `A sound has only one ${part.field}: the last one counts.`, at, raw.length);
      this.parts.splice(this.parts.indexOf(alike[0]!), 1);
    }
    this.push(part);
  }

  private unknownField({ at, raw, name = '' }: Token): void {
    const meant = FIELD_NAMES.map((known) => ({ known, distance: editDistance(name.toLowerCase(), known, 2) }))
      .filter(({ known, distance }) => distance <= Math.max(1, allowedEdits(known)))
      .sort((a, b) => a.distance - b.distance)[0]?.known;
    const known = meant === undefined ? null : fieldNamed(meant);
    const start = raw.indexOf(`${name}:`);
    const suggestion = known ? `${raw.slice(0, start)}${known}${raw.slice(start + name.length)}` : undefined;
    const message = `There is no "${name}:"; it was read as plain words.${suggestion ? ` Did you mean ${suggestion}?` : ''}`;
    this.hint('unknown_field', message, at, raw.length, suggestion === undefined ? {} : { suggestion });
  }

  /** The weight with the sign of the token; 0 counts as nothing. */
  private weightOf({ minus, at, raw }: Token, typed: string | undefined): number {
    const given = typed === undefined ? 1 : Number(typed.slice(1).replace(',', '.'));
    const weight = Math.max(-MAX_WEIGHT, Math.min(MAX_WEIGHT, Math.round(given * 100) / 100));
    if (Math.abs(given) > MAX_WEIGHT || weight === 0) {
      this.hint('weight', `Weights go from 0.01 to ${MAX_WEIGHT}; below 0 means less of it.`, at, raw.length);
    }
    return minus ? -weight : weight;
  }

  private endWish(weight: number): void {
    const text = this.words.join(' ');
    this.words = [];
    this.addWish(text, weight);
  }

  private addWish(text: string, weight: number): void {
    if (text !== '' && weight !== 0) this.push({ kind: 'wish', text, weight });
  }

  private push(part: QueryPart): void {
    if (this.parts.filter(({ kind }) => kind === part.kind).length < MAX_OF_A_KIND) this.parts.push(part);
    else if (!this.hints.some(({ code }) => code === 'too_many')) {
      const message = `One search holds ${MAX_OF_A_KIND} wishes, exact words and filters each; the rest was left out.`;
      this.hint('too_many', message, 0, 0);
    }
  }
}
