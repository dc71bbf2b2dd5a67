import type { Filters, ParsedQuery, QueryPart } from '$lib/api/types';
import type { Messages } from '$lib/i18n/en';
import { filterLabels } from './filter-labels';

export interface PartLabel {
  id: string;
  text: string;
  /** How it is typed. */
  typed: string;
  /** What stands in the box when this part is taken away. */
  without: string;
  unwanted: boolean;
}

const SAME: readonly (readonly Exclude<keyof Filters, 'tag' | 'collection'>[])[] = [
  ['minDurationS', 'maxDurationS'],
  ['minBpm', 'maxBpm'],
  ['addedAfter', 'addedBefore'],
  ['key'],
  ['genre'],
  ['artist'],
  ['format'],
];

/**
 * One label for each thing that was typed, in words. None for plain words alone, which the box shows well enough, nor
 * for what a chosen filter says already or instead.
 */
export function partLabels(parsed: ParsedQuery, chosen: Filters, t: Messages, locale: string): PartLabel[] {
  const [first] = parsed.parts;
  if (parsed.parts.length === 1 && first?.kind === 'wish' && first.weight === 1) return [];
  return parsed.parts
    .filter((part) => !isChosen(part, chosen))
    .map((part) => ({
      id: `${part.kind} ${part.typed}`,
      text: textOf(part, t, locale),
      typed: part.typed,
      without: part.without,
      unwanted: (part.weight ?? 1) < 0,
    }))
    .filter(({ id }, at, all) => all.findIndex((other) => other.id === id) === at);
}

function isChosen({ filters }: QueryPart, chosen: Filters): boolean {
  if (!filters) return false;
  if (filters.collections) return filters.collections.every((name) => chosen.collection?.includes(name));
  if (filters.tags) return filters.tags.every((tag) => chosen.tag?.includes(tag));
  return SAME.some(
    (group) => group.some((name) => filters[name] !== undefined) && group.some((name) => chosen[name] !== undefined),
  );
}

function textOf({ kind, text, weight = 1, filters = {}, typed }: QueryPart, t: Messages, locale: string): string {
  if (kind === 'name') return t.query.named(text);
  if (kind === 'wish') {
    const amount = Math.abs(weight);
    const weighed = amount === 1 ? text : t.query.weighed(text, amount.toLocaleString(locale));
    return weight < 0 ? t.query.less(weighed) : weighed;
  }
  const [, exact] = /^(bpm|len):[\d.]+(?:ms|s|m)?$/.exec(typed) ?? [];
  if (exact === 'bpm') return t.filters.chips.is(t.filters.bpm, `${text} ${t.filters.unitBpm}`);
  if (exact === 'len') return t.filters.chips.is(t.filters.duration, text);
  const { tags, collections, ...rest } = filters;
  const lists = { ...(tags ? { tag: tags } : {}), ...(collections ? { collection: collections } : {}) };
  return filterLabels({ ...rest, ...lists }, t.filters)[0]?.text ?? text;
}
