import type { Filters } from '$lib/api/types';
import type { Messages } from '$lib/i18n/en';
import { omit } from '$lib/util/object';

type RangeName = 'minDurationS' | 'maxDurationS' | 'minBpm' | 'maxBpm' | 'addedAfter' | 'addedBefore';

export interface FilterLabel {
  id: string;
  text: string;
  /** The filters with this one taken away. */
  without: Filters;
}

/** One label for each filter that is set, in words. */
export function filterLabels(filters: Filters, t: Messages['filters']): FilterLabel[] {
  const labels: FilterLabel[] = [];
  const range = (name: string, unit: string, low: RangeName, high: RangeName): void => {
    const [from, to] = [filters[low], filters[high]];
    if (from === undefined && to === undefined) return;
    const text =
      from !== undefined && to !== undefined
        ? t.chips.between(name, String(from), `${to}${unit}`)
        : from !== undefined
          ? t.chips.from(name, `${from}${unit}`)
          : t.chips.to(name, `${to}${unit}`);
    labels.push({ id: low, text, without: omit(filters, low, high) });
  };
  range(t.duration, ` ${t.unitS}`, 'minDurationS', 'maxDurationS');
  range(t.bpm, ` ${t.unitBpm}`, 'minBpm', 'maxBpm');
  range(t.added, '', 'addedAfter', 'addedBefore');
  for (const name of ['format', 'artist', 'genre', 'key'] as const) {
    const value = filters[name];
    if (value) labels.push({ id: name, text: t.chips.is(t[name], value), without: omit(filters, name) });
  }
  for (const tag of filters.tag ?? []) {
    const tags = filters.tag?.filter((other) => other !== tag) ?? [];
    const rest = omit(filters, 'tag');
    labels.push({
      id: `tag ${tag}`,
      text: t.chips.is(t.tag, tag),
      without: tags.length > 0 ? { ...rest, tag: tags } : rest,
    });
  }
  return labels;
}
