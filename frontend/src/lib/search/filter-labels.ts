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
  for (const list of ['tag', 'collection'] as const) {
    for (const value of filters[list] ?? []) {
      const others = filters[list]?.filter((other) => other !== value) ?? [];
      const rest = omit(filters, list);
      labels.push({
        id: `${list} ${value}`,
        text: t.chips.is(t[list], value),
        without: others.length > 0 ? { ...rest, [list]: others } : rest,
      });
    }
  }
  return labels;
}
