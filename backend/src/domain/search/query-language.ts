import { MAX_TEXT_LENGTH } from './query.js';
import { EXAMPLES, FIELD_NAMES, fieldNamed, joinFilters, readField, type Field } from './query-fields.js';
import {
  byPlace,
  formatSpan,
  placeOf,
  readSpan,
  type Hint,
  type HintCode,
  type ParsedQuery,
  type Place,
  type QueryPart,
} from './query-parts.js';
import { orderOf, reversedOrder } from './query-sorts.js';
import { QUOTES, splitWeight, tokensOf, type Token } from './query-tokens.js';
import type { TextPart } from './search.types.js';
import { readSpoken, type SpokenContext, type SpokenFact } from './spoken-language.js';
import { allowedEdits, editDistance, fold, upTo } from './words.js';

/** Of terms, of exact words and of filters: more is no search, and costs. */
const MAX_OF_A_KIND = 20;
const MAX_HINTS = 10;
const MAX_WEIGHT = 10;
const LONE_QUOTE = new RegExp(`^[${QUOTES}]$`, 'u');
const DASHES = /^-+$/u;
const NUMBER = /^-+\d+(?:[.,]\d+)?(?<unit>db\w*)?$/iu;
/** What follows a number that is one of a level: `-20 LUFS`, `-23 and -14 LUFS`. */
const LEVEL_AHEAD = /^(?:\s+(?:and|to|und|bis|[-–])\s+[-−]?\d+(?:[.,]\d)?)?\s+(?:lufs|db)\b/iu;
const ONLY_ONE: readonly Field[] = [
  'artist',
  'genre',
  'author',
  'licence',
  'format',
  'channels',
  'key',
  'kind',
  'colour',
  'owner',
  'visibility',
  'sort',
];
const HAS_WORD = /[\p{L}\p{N}]/u;
export const EXAMPLE_NAMES = ['like', 'clip'] as const;
const NAMES_EXAMPLE = new RegExp(`^-?(?:${EXAMPLE_NAMES.join('|')}):`, 'iu');
type Example = (typeof EXAMPLE_NAMES)[number];
const exampleNamed = (name = ''): Example | undefined => EXAMPLE_NAMES.find((known) => known === name.toLowerCase());

/** A library that knows every fact, on a day long ago. */
const ANYTHING: SpokenContext = { knows: () => true, today: '9999-12-31' };

/**
 * What people may type into the one search box:
 *
 * - `rain on a roof`: plain words describe one sound; ` + ` between words begins another term
 * - `rain^2`: a weight counts for the words before it, back to the last `+`, and ends the term
 * - `-thunder`, `-"heavy rain"`: less of it
 * - `"exact words"`: must occur in a name or tag, in this order
 * - `"some words"^2`: with a weight, quotation marks only hold words together
 * - `like:ID`, `like:ID@3.2-5`, `-like:ID^0.5`: like a sound of the library, or a part of it; `clip:ID` for one that was sent
 * - `like:ID~rhythm`, `like:ID~timbre:2~overall:0`: like it in some aspects more than as a whole
 * - `bell | gong`: the best of both; `dog >> car`: both, one after the other
 * - `tag:dog`, `artist:"two words"`, `bpm:120-128`, `len:<5s`, `added:>2026-01`…: must hold; with a minus: must not
 *
 * Signs count at the beginning of a word only, so that `hi-hat`, `7" vinyl`, `12:30` and addresses stay words.
 *
 * Plain words are read as people say them, see `readSpoken`; words in quotation marks and words with a weight stand for
 * themselves. Any text is valid: what cannot be meant is read as plain words or left out, with a hint.
 */
export function parse(typed: string, context: Partial<SpokenContext> = {}): ParsedQuery {
  const scan = new Scan({ ...ANYTHING, ...context });
  scan.read(typed);
  if (scan.parts.length === 0 && !scan.spoken) {
    // Nothing but slips: then the words themselves are the best guess, but not those that name an example.
    if (scan.hints.some(({ code, at }) => code === 'bad_value' && NAMES_EXAMPLE.test(typed.slice(at)))) {
      return { ...collected(scan), literal: null };
    }
    const text = plain(typed.replaceAll(new RegExp(`[${QUOTES}]`, 'gu'), ' '));
    if (HAS_WORD.test(text)) scan.addTerm(text, 1);
    else scan.hint('empty', 'There are no words in this to search for.', 0, typed.length);
  }
  return { ...collected(scan), literal: scan.spoken ? format({ parts: literally(typed) }) : null };
}

/** The same search in the one way we write it: terms, what is unwanted, examples, exact words, filters. */
export function format({ parts }: Pick<ParsedQuery, 'parts'>): string {
  const terms = parts.filter((part) => placeOf(part) === 0);
  const others = parts.filter((part) => placeOf(part) > 0).sort(byPlace);
  return [terms.map(formatPart).join(' + '), ...others.map(formatPart)].filter(Boolean).join(' ');
}

/** One part as it is typed. */
export function formatPart(part: QueryPart): string {
  switch (part.kind) {
    case 'name':
      return `"${part.text}"`;
    case 'filter':
      return `${part.negated ? '-' : ''}${part.field}:${quotedIfNeeded(part.value)}`;
    case 'sound':
      return weighed(`like:${formatSpan(part.span)}`, part.weight);
    case 'clip':
      return weighed(`clip:${part.clipId}`, part.weight);
    case 'term': {
      const { text, weight } = part;
      const candidates = [weighed(text, weight), weighed(`"${text}"`, weight)];
      const sign = weight < 0 ? '-' : '';
      return candidates.find((candidate) => readsAs(candidate, part)) ?? `${sign}"${text}"^${Math.abs(weight)}`;
    }
  }
}

function weighed(text: string, weight: number): string {
  const amount = Math.abs(weight) === 1 ? '' : `^${Math.abs(weight)}`;
  return `${weight < 0 ? '-' : ''}${text}${amount}`;
}

function readsAs(candidate: string, { text, weight }: TextPart): boolean {
  const scan = new Scan(ANYTHING);
  scan.read(candidate);
  const [part] = scan.parts;
  return (
    !scan.spoken && scan.parts.length === 1 && part?.kind === 'term' && part.text === text && part.weight === weight
  );
}

const quotedIfNeeded = (value: string): string =>
  new RegExp(`^[${QUOTES}]|\\s|[,;]$`, 'u').test(value) ? `"${value}"` : value;

function collected({ parts: found, hints, places }: Scan): Omit<ParsedQuery, 'literal'> {
  const parts = [...found].sort(byPlace);
  const filters = parts.flatMap((part) => (part.kind === 'filter' ? part.filters : []));
  return {
    text: parts.flatMap((part) => (part.kind === 'term' ? { text: part.text, weight: part.weight } : [])),
    like: parts.flatMap((part) => (part.kind === 'sound' ? { ...part.span, weight: part.weight } : [])),
    clips: parts.flatMap((part) => (part.kind === 'clip' ? { clipId: part.clipId, weight: part.weight } : [])),
    names: parts.flatMap((part) => (part.kind === 'name' ? part.text : [])),
    filters: filters.reduce(joinFilters, {}),
    sort: parts.flatMap((part) =>
      part.kind === 'filter' && part.field === 'sort' ? (orderOf(part.value) ?? []) : [],
    )[0],
    hints,
    parts,
    places,
  };
}

/** What stands there when words mean themselves. */
function literally(typed: string): QueryPart[] {
  const scan = new Scan(null);
  scan.read(typed);
  return scan.parts;
}

const plain = (text: string): string => text.replace(/\s+/gu, ' ').trim();

/** Where words stand in a text, however many spaces are between them; the whole text where they do not. */
function placeOfWords(typed: string, words: string): Place {
  const pattern = words.split(' ').map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&'));
  const found = new RegExp(pattern.join('\\s+'), 'u').exec(typed);
  return found ? { at: found.index, length: found[0].length } : { at: 0, length: typed.length };
}

/** Goes through a text once and gathers its parts and hints. */
class Scan {
  readonly parts: QueryPart[] = [];
  /** Whether words were read as people say them. */
  spoken = false;
  readonly hints: Hint[] = [];
  readonly places = new Map<QueryPart, Place>();
  /** Words of the term that is being read. */
  private words: string[] = [];
  private typed = '';

  /** @param context null takes all words as they stand */
  constructor(private readonly context: SpokenContext | null) {}

  read(typed: string): void {
    this.typed = typed;
    for (const token of tokensOf(typed)) {
      if (token.unclosed) this.hint('unclosed_quote', 'This quotation mark is not closed.', token.at, token.raw.length);
      const example = exampleNamed(token.name);
      const address = token.bare.startsWith('//');
      const field = token.name === undefined || address ? null : fieldNamed(token.name);
      if (LONE_QUOTE.test(token.raw) || DASHES.test(token.raw)) continue;
      if (token.raw === '+') this.endTerm(1);
      else if (example) this.readExample(token, example);
      else if (field) this.readFilter(token, field);
      else if (token.quoted !== undefined && token.name === undefined) this.readQuoted(token, token.quoted);
      else this.readWord(token);
    }
    this.endTerm(1);
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
    else if (token.minus || token.weight !== undefined) this.addTerm(text, this.weightOf(token, token.weight));
    else this.push({ kind: 'name', text });
  }

  private readWord(token: Token): void {
    const { at, raw, minus, name, bare, unclosed } = token;
    const number = NUMBER.exec(raw);
    if (number && number.groups?.unit === undefined && !LEVEL_AHEAD.test(this.typed.slice(at + raw.length))) {
      const message = `"${raw}" is read as a number. For less of it, put it in quotation marks.`;
      this.hint('number', message, at, raw.length, { suggestion: `-"${raw.replace(/^-+/u, '')}"` });
    }
    if (name !== undefined && bare !== '' && !/^[/\\]/u.test(bare)) this.unknownField(token);
    const negative = minus && !number;
    const signed = unclosed ? `${name === undefined ? '' : `${name}:`}${bare}` : raw;
    const word = plain(negative ? signed.replace(/^-+/u, '') : signed);
    const { base, weight } = splitWeight(word);
    if (negative) return this.addTerm(base, this.weightOf(token, weight));
    if (base !== '' && base !== '+' && !DASHES.test(base)) this.words.push(base);
    if (weight !== undefined) this.endTerm(this.weightOf(token, weight));
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
    // Not the newest first: the oldest.
    const reversed = token.minus && field === 'sort' ? reversedOrder(read.value) : undefined;
    const negated = token.minus && reversed === undefined;
    const filters = negated ? { not: [read.filters] } : read.filters;
    this.addFilter({ kind: 'filter', field, value: reversed ?? read.value, negated, filters }, token);
  }

  private readExample(token: Token, kind: Example): void {
    const { at, raw } = token;
    const { base, weight } =
      token.quoted === undefined ? splitWeight(token.bare) : { base: token.quoted.trim(), weight: token.weight };
    const span = readSpan(base.replace(/[,;]+$/u, ''));
    const example = kind === 'like' ? 'like:ID@3.2-5' : 'clip:ID';
    if (base === '') {
      const message = `Nothing follows "${raw}". Write it like ${example}, without a space.`;
      return this.hint('no_value', message, at, raw.length, { example });
    }
    if (!span || (kind === 'clip' && Object.keys(span).length > 1)) {
      const fitting = kind === 'like' && base.includes('~') ? 'like:ID~rhythm:2' : example;
      const message = `"${base}" does not fit "${kind}:". Write it like ${fitting}.`;
      return this.hint('bad_value', message, at, raw.length, { example: fitting });
    }
    const amount = this.weightOf(token, weight);
    const part: QueryPart =
      kind === 'like'
        ? { kind: 'sound', span, weight: amount }
        : { kind: 'clip', clipId: span.soundId, weight: amount };
    this.push(part);
    this.places.set(part, { at, length: raw.length });
  }

  private addFilter(part: QueryPart & { kind: 'filter' }, { at, raw }: Token): void {
    const alike = this.parts.filter(
      (other) => other.kind === 'filter' && other.field === part.field && other.negated === part.negated,
    );
    if (alike.some((other) => other.kind === 'filter' && fold(other.value) === fold(part.value))) return;
    if (alike.length > 0 && !part.negated && ONLY_ONE.includes(part.field)) {
      this.hint('only_one', `A sound has only one ${part.field}: the last one counts.`, at, raw.length);
      this.parts.splice(this.parts.indexOf(alike[0]!), 1);
    }
    this.push(part);
  }

  private unknownField({ at, raw, name = '' }: Token): void {
    const meant = [...FIELD_NAMES, ...EXAMPLE_NAMES]
      .map((known) => ({ known, distance: editDistance(name.toLowerCase(), known, 2) }))
      .filter(({ known, distance }) => distance <= Math.max(1, allowedEdits(known)))
      .sort((a, b) => a.distance - b.distance)[0]?.known;
    const known = meant === undefined ? null : (exampleNamed(meant) ?? fieldNamed(meant));
    const start = raw.indexOf(`${name}:`);
    const suggestion = known ? `${raw.slice(0, start)}${known}${raw.slice(start + name.length)}` : undefined;
    const message = `There is no "${name}:"; it was read as plain words.${suggestion ? ` Did you mean ${suggestion}?` : ''}`;
    this.hint('unknown_field', message, at, raw.length, suggestion === undefined ? {} : { suggestion });
  }

  /** The weight with the sign of the token. */
  private weightOf({ minus, at, raw }: Token, typed: string | undefined): number {
    const given = typed === undefined ? 1 : Number(typed.slice(1).replace(',', '.'));
    const weight = Math.max(-MAX_WEIGHT, Math.min(MAX_WEIGHT, Math.round(given * 100) / 100));
    if (Math.abs(given) > MAX_WEIGHT) {
      this.hint('weight', `Weights go up to ${MAX_WEIGHT}; below 0 means less of it.`, at, raw.length);
    }
    // 0 has no sign.
    return minus && weight !== 0 ? -weight : weight + 0;
  }

  private endTerm(weight: number): void {
    const text = this.words.join(' ');
    this.words = [];
    const said = weight === 1 && this.context ? readSpoken(text, this.context) : null;
    if (!said) return this.addTerm(text, weight);
    if (said.wanted === '' && said.less.length + said.facts.length + said.unmet.length === 0) {
      const { at, length } = placeOfWords(this.typed, text);
      this.hint('no_sound_named', 'This does not say what is to be heard. Describe a sound.', at, length);
    }
    for (const words of said.unmet) this.hintUnmet(words);
    this.spoken ||= said.wanted !== text || said.less.length + said.facts.length > 0;
    this.addTerm(said.wanted, 1);
    for (const unwanted of said.less) this.addTerm(unwanted, -1);
    for (const fact of said.facts) this.addFact(fact);
  }

  private hintUnmet(words: string): void {
    const { at, length } = placeOfWords(this.typed, words);
    this.hint('no_such_fact', `No sound here is known to be "${words}", so no filter was set for it.`, at, length);
  }

  private addFact({ field, value, negated = false }: SpokenFact): void {
    const read = readField(field, value);
    if (!read) return;
    this.push({
      kind: 'filter',
      field,
      value: read.value,
      negated,
      filters: negated ? { not: [read.filters] } : read.filters,
    });
  }

  /** What is longer than the text model could read is cut after a word. */
  addTerm(text: string, weight: number): void {
    if (text === '') return;
    const read = upTo(text, MAX_TEXT_LENGTH);
    if (read !== text) {
      this.hint('too_many', `A description has at most ${MAX_TEXT_LENGTH} characters; the rest was left out.`, 0, 0);
    }
    this.push({ kind: 'term', text: read, weight });
  }

  private push(part: QueryPart): void {
    if (this.parts.filter(({ kind }) => kind === part.kind).length < MAX_OF_A_KIND) this.parts.push(part);
    else if (!this.hints.some(({ code }) => code === 'too_many')) {
      const message = `One search holds ${MAX_OF_A_KIND} terms, exact words and filters each; the rest was left out.`;
      this.hint('too_many', message, 0, 0);
    }
  }
}
