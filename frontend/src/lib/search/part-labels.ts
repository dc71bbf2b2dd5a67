import type { ParsedQuery, QueryPart } from '$lib/api/types';
import type { Messages } from '$lib/i18n/en';
import { formatCount, formatMoment, formatPartialDate } from '$lib/util/format';
import { filterLabels } from './filter-labels';
import { isWeighted } from './query-text';
import { isResultSort } from './sorts';

export interface PartLabel {
  /** Stays the same when the weight changes, or what an example is to be like in. */
  id: string;
  text: string;
  part: QueryPart;
}

/**
 * One label for each thing that is asked for, in words. None for plain words alone, which the box shows well enough,
 * unless they were read otherwise than they stand there.
 */
export function partLabels(parsed: ParsedQuery, t: Messages, locale: string): PartLabel[] {
  const [first] = parsed.parts;
  const plain = parsed.parts.length === 1 && first?.kind === 'term' && first.weight === 1;
  if (plain && parsed.literal === null && joinedTerms(first.text, t) === first.text) return [];
  const seen = new Map<string, number>();
  return parsed.parts.map((part) => {
    const identity = `${part.kind} ${(part.reweighted?.plus ?? part.typed).replace(/~[^\s^]*/u, '')}`;
    const nth = seen.get(identity) ?? 0;
    seen.set(identity, nth + 1);
    return { id: `${identity} ${nth}`, text: textOf(part, t, locale), part };
  });
}

/** `bell | gong` and `dog >> car` in words. */
const joinedTerms = (text: string, t: Messages): string =>
  text.split(' | ').length > 1
    ? text.split(' | ').join(` ${t.query.or} `)
    : text.split(' >> ').join(` ${t.query.then} `);

/** What a weighted part asks for, without its weight. */
export function nameOf({ kind, text, startS, endS }: QueryPart, t: Messages, locale: string): string {
  if (kind === 'term') return joinedTerms(text, t);
  const name = text || (kind === 'clip' ? t.query.lostClip : t.query.lostSound);
  if (startS === undefined && endS === undefined) return t.query.like(name);
  const to = endS === undefined ? '…' : formatMoment(endS, locale);
  return t.query.like(`${name} ${t.search.moment(formatMoment(startS ?? 0, locale), to)}`);
}

/** How a weight is said: `less rain`, `rain ×2`, `rain (off)`. */
export function weighedName(name: string, weight: number, t: Messages, locale: string): string {
  if (weight === 0) return t.query.off(name);
  const amount = Math.abs(weight);
  const weighed = amount === 1 ? name : t.query.weighed(name, amount.toLocaleString(locale));
  return weight < 0 ? t.query.less(weighed) : weighed;
}

function textOf(part: QueryPart, t: Messages, locale: string): string {
  if (isWeighted(part)) return weighedName(nameOf(part, t, locale), part.weight, t, locale);
  if (part.kind === 'name') return t.query.named(part.text);
  const text = filterText(part, t, locale);
  return part.negated ? t.query.not(text) : text;
}

function filterText({ text, filters = {}, typed }: QueryPart, t: Messages, locale: string): string {
  const [, field, exact] = /^-?(\w+):([\d.]+(?:ms|s|m|k)?$)?/.exec(typed) ?? [];
  if (field === 'title' || field === 'file' || field === 'name' || field === 'note')
    return t.filters.chips.is(t.query.nameFields[field], text);
  const [, recent, unit] = /^(\d+)([mhd])$/.exec(field === 'added' ? text : '') ?? [];
  if (recent !== undefined)
    return t.filters.chips.is(t.filters.added, t.query.recent(Number(recent), unit as 'm' | 'h' | 'd'));
  if (field === 'sort') return isResultSort(text) ? t.query.sorted(t.results.sorts[text]) : text;
  if (field === 'recorded' && /^\d{4}(?:-\d\d){0,2}$/.test(text))
    return t.filters.chips.is(t.filters.recorded, formatPartialDate(text, locale));
  if (exact && field === 'rate') {
    const hz = Number.parseFloat(text) * (text.endsWith('k') ? 1000 : 1);
    return t.filters.chips.is(t.filters.sampleRate, `${formatCount(hz / 1000, locale)} kHz`);
  }
  if (exact && (field === 'bpm' || field === 'len')) {
    const [, number, unit = ''] = /^([\d.]+)(\w*)$/.exec(text) ?? [];
    const said = number === undefined ? text : formatCount(Number(number), locale);
    return field === 'bpm'
      ? t.filters.chips.is(t.filters.bpm, `${said} ${t.filters.unitBpm}`)
      : t.filters.chips.is(t.filters.duration, `${said} ${unit === 'm' ? 'min' : unit}`);
  }
  const { tags, collections, folders, ...rest } = filters.not?.[0] ?? filters;
  const lists = {
    ...(tags ? { tag: tags } : {}),
    ...(collections ? { collection: collections } : {}),
    ...(folders ? { folder: folders } : {}),
  };
  return filterLabels({ ...rest, ...lists }, t.filters, locale)[0] ?? text;
}
