import type { Filters, LikePart, ParsedQuery, QueryPart, SearchMode } from '$lib/api/types';
import { omit } from '$lib/util/object';
import { aspectText } from './aspects';
import { shortDate } from './partial-date';
import type { ResultSort } from './sorts';

/** A part of a search that counts more or less. */
export type Weighted = QueryPart & Required<Pick<QueryPart, 'weight' | 'reweighted'>>;

export const isWeighted = (part: QueryPart): part is Weighted =>
  part.weight !== undefined && part.reweighted !== undefined;

/** `sort:newest`, or an order said in words. */
export const isOrder = ({ typed }: QueryPart): boolean => /^-?sort:/.test(typed);

const hundredths = (value: number): number => Math.round(value * 100) / 100;

/** A sound, or a part of it, as it is typed: `like:ID@3.2-5`. */
export function likeText({ soundId, startS, endS, aspects = {} }: LikePart): string {
  const span = startS === undefined || endS === undefined ? '' : `@${hundredths(startS)}-${hundredths(endS)}`;
  return `like:${soundId}${span}${aspectText(aspects)}`;
}

export const quoted = (value: string): string => {
  const clean = value.replace(/["“”„‟«»]/gu, '').trim();
  return /\s|[,;]$/u.test(clean) ? `"${clean}"` : clean;
};

/** @param between negative numbers hold hyphens themselves */
function range(
  field: string,
  unit: string,
  from: number | undefined,
  to: number | undefined,
  between: '-' | '..' = '-',
): string[] {
  if (from !== undefined && to !== undefined) return [`${field}:${hundredths(from)}${between}${hundredths(to)}${unit}`];
  if (from !== undefined) return [`${field}:>${hundredths(from)}${unit}`];
  return to === undefined ? [] : [`${field}:<${hundredths(to)}${unit}`];
}

/** A year or a month that is whole is typed as one. */
function recordedText({ recordedAfter: after, recordedBefore: before }: Filters): string[] {
  const [from, to] = [after && shortDate(after, 'first'), before && shortDate(before, 'last')];
  if (from !== undefined && to !== undefined) return [`recorded:${from === to ? from : `${from}..${to}`}`];
  if (from !== undefined) return [`recorded:>${from}`];
  return to === undefined ? [] : [`recorded:<${to}`];
}

/** In thousands, as they are said; one number alone stands for this rate. */
const rateText = ({ minSampleRateHz: from, maxSampleRateHz: to }: Filters): string[] =>
  from !== undefined && from === to
    ? [`rate:${from / 1000}k`]
    : range('rate', 'k', from && from / 1000, to && to / 1000);

const bitsText = ({ minBitsPerSample: from, maxBitsPerSample: to }: Filters): string[] =>
  from !== undefined && from === to ? [`bits:${from}`] : range('bits', '', from, to);

/** Five is the most there is. */
const starsText = ({ minStars, maxStars }: Filters): string[] =>
  minStars !== undefined && minStars === maxStars
    ? [`rating:${minStars}`]
    : range('rating', '', minStars, minStars !== undefined && maxStars === undefined ? 5 : maxStars);

/** Filters as they are typed, one text each. */
export function filterTexts(filters: Filters): string[] {
  const { addedAfter, addedBefore, tag = [], collection = [], folder = [] } = filters;
  return [
    ...tag.map((name) => `tag:${quoted(name)}`),
    ...collection.map((name) => `collection:${quoted(name)}`),
    ...folder.map((path) => `folder:${quoted(path)}`),
    ...(['artist', 'genre', 'author', 'licence', 'format', 'kind', 'channels', 'key'] as const).flatMap((name) => {
      const value = filters[name];
      return value ? [`${name}:${quoted(value)}`] : [];
    }),
    ...range('bpm', '', filters.minBpm, filters.maxBpm),
    ...range('len', 's', filters.minDurationS, filters.maxDurationS),
    ...range('loudness', '', filters.minLoudness, filters.maxLoudness, '..'),
    ...range('brightness', '', filters.minBrightness, filters.maxBrightness),
    ...rateText(filters),
    ...bitsText(filters),
    ...recordedText(filters),
    ...(addedAfter ? [`added:>${addedAfter.slice(0, 10)}`] : []),
    ...(filters.damaged === undefined ? [] : [`damaged:${filters.damaged}`]),
    ...(filters.favourite === undefined ? [] : [`favourite:${filters.favourite}`]),
    ...starsText(filters),
    ...(filters.colour ? [`colour:${filters.colour}`] : []),
    ...(['owner', 'visibility'] as const).flatMap((name) => {
      const value = filters[name];
      return value ? [`${name}:${quoted(value)}`] : [];
    }),
    ...(addedBefore ? [`added:<${addedBefore.slice(0, 10)}`] : []),
  ];
}

/** The filters that a text asks for, as the panel shows them. */
export function filtersOf({ filters }: ParsedQuery): Filters {
  const { tags, collections, folders, ...rest } = omit(
    filters,
    ...(['not', 'album', 'title', 'filename', 'name'] as const),
  );
  return {
    ...rest,
    ...(tags ? { tag: tags } : {}),
    ...(collections ? { collection: collections } : {}),
    ...(folders ? { folder: folders } : {}),
  };
}

/** Parts as one text; ` + ` keeps terms apart. */
export function joined(texts: readonly { part: Pick<QueryPart, 'kind' | 'weight'>; typed: string }[]): string {
  const isTerm = ({ part }: (typeof texts)[number]): boolean => part.kind === 'term' && (part.weight ?? 1) >= 0;
  const terms = texts.filter(isTerm).map(({ typed }) => typed);
  const others = texts.filter((text) => !isTerm(text)).map(({ typed }) => typed);
  return [terms.join(' + '), ...others].filter(Boolean).join(' ');
}

/** The text without filters and order: what is looked for within one sound. */
export const soughtOf = ({ parts }: Pick<ParsedQuery, 'parts'>): string =>
  joined(parts.filter(({ kind }) => kind !== 'filter').map((part) => ({ part, typed: part.typed })));

/** The text with another weight for one of its parts. */
export function withWeight({ parts }: ParsedQuery, weighed: Weighted, weight: number): string {
  return joined(
    parts.map((part) =>
      part === weighed ? { part: { ...part, weight }, typed: typedWith(weighed, weight) } : { part, typed: part.typed },
    ),
  );
}

function typedWith({ reweighted: { plus, minus, one, minusOne } }: Weighted, weight: number): string {
  if (weight === 1) return one;
  if (weight === -1) return minusOne;
  return `${weight < 0 ? minus : plus}^${Math.abs(weight)}`;
}

const PANEL =
  /^(?:tag|artist|genre|author|licence|format|channels|key|bpm|len|added|collection|damaged|favourite|rating|colour|folder|kind|loudness|brightness|rate|bits|recorded|owner|visibility):/;

const fieldOf = (typed: string): string => typed.slice(0, typed.indexOf(':'));
const inField = (texts: readonly string[], field: string): string =>
  texts.filter((text) => fieldOf(text) === field).join(' ');

/**
 * The text with exactly these filters, apart from those that must not hold and those for names. What does not change stays as it
 * was typed: `added:5m` means more than the day that it is.
 */
export function withFilters(parsed: ParsedQuery, filters: Filters): string {
  const [before, after] = [filterTexts(filtersOf(parsed)), filterTexts(filters)];
  const stays = (typed: string): boolean => {
    const now = inField(after, fieldOf(typed));
    return now !== '' && now === inField(before, fieldOf(typed));
  };
  const isPanels = ({ kind, negated, typed }: QueryPart): boolean => kind === 'filter' && !negated && PANEL.test(typed);
  const kept = parsed.parts.filter((part) => !isPanels(part) || stays(part.typed));
  const told = new Set(kept.filter(isPanels).map(({ typed }) => fieldOf(typed)));
  const text = joined(kept.map((part) => ({ part, typed: part.typed })));
  return [text, ...after.filter((one) => !told.has(fieldOf(one)))].filter(Boolean).join(' ');
}

interface Narrowable {
  q: string;
  mode: SearchMode;
  sort?: ResultSort | undefined;
}

/** A search with one more filter; or, with `without`, for what must not hold. */
export function narrowed(criteria: Narrowable | null, filters: Filters, { without = false } = {}): Narrowable {
  const { q = '', mode = 'hybrid', ...rest } = criteria ?? {};
  const texts = filterTexts(filters).map((text) => (without ? `-${text}` : text));
  const present = q.split(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/u);
  return { ...rest, mode, q: [q, ...texts.filter((text) => !present.includes(text))].filter(Boolean).join(' ') };
}

export const countFilters = (filters: Filters): number => filterTexts(filters).length;
