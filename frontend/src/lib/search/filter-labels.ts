import type { Filters } from '$lib/api/types';
import type { Messages } from '$lib/i18n/en';
import { formatCount } from '$lib/util/format';
import { shortDate } from './partial-date';

/** Filters that are one end of a range of numbers. */
export type NumberName =
  `${'min' | 'max'}${'DurationS' | 'Bpm' | 'Loudness' | 'Brightness' | 'SampleRateHz' | 'BitsPerSample'}`;
type RangeName = NumberName | 'addedAfter' | 'addedBefore' | 'recordedAfter' | 'recordedBefore';

/** Whoever looks, as the owner that is looked for. */
export const ME = 'me';

type End = string | number | undefined;

/** What begins or ends with a year or a month is told by that. */
const dates = (from: End, to: End): [End, End] => [
  typeof from === 'string' ? shortDate(from, 'first') : from,
  typeof to === 'string' ? shortDate(to, 'last') : to,
];

const inThousands = (end: End): End => (typeof end === 'number' ? end / 1000 : end);

/** Sizes of samples that people name: whoever says `more than 16 bit` sees these words again, not the 17 that are meant. */
const isUsualSize = (bits: number): boolean => [8, 16, 20, 24, 32].includes(bits);

function bitsLabel({ minBitsPerSample: min, maxBitsPerSample: max }: Filters, t: Messages['filters']): string | null {
  const size = (bits: number): string => `${bits} ${t.unitBits}`;
  if (max === undefined && min !== undefined && !isUsualSize(min) && isUsualSize(min - 1))
    return t.chips.above(t.bits, size(min - 1));
  if (min === undefined && max !== undefined && !isUsualSize(max) && isUsualSize(max + 1))
    return t.chips.below(t.bits, size(max + 1));
  return null;
}

/** One label for each filter that is set, in words. */
export function filterLabels(filters: Filters, t: Messages['filters'], locale: string): string[] {
  const labels: string[] = [];
  const say = (end: string | number): string => (typeof end === 'number' ? formatCount(end, locale) : end);
  const range = (name: string, unit: string, low: RangeName, high: RangeName): void => {
    const ends: [End, End] = [filters[low], filters[high]];
    const [from, to] =
      low === 'recordedAfter' ? dates(...ends) : low === 'minSampleRateHz' ? ends.map(inThousands) : ends;
    if (from === undefined && to === undefined) return;
    const text =
      from !== undefined && from === to
        ? t.chips.is(name, `${say(from)}${unit}`)
        : from !== undefined && to !== undefined
          ? t.chips.between(name, say(from), `${say(to)}${unit}`)
          : from !== undefined
            ? t.chips.from(name, `${say(from)}${unit}`)
            : t.chips.to(name, `${say(to!)}${unit}`);
    labels.push(text);
  };
  range(t.duration, ` ${t.unitS}`, 'minDurationS', 'maxDurationS');
  range(t.bpm, ` ${t.unitBpm}`, 'minBpm', 'maxBpm');
  range(t.loudness, ` ${t.unitLufs}`, 'minLoudness', 'maxLoudness');
  range(t.brightness, ` ${t.unitHz}`, 'minBrightness', 'maxBrightness');
  range(t.sampleRate, ` ${t.unitKhz}`, 'minSampleRateHz', 'maxSampleRateHz');
  const bits = bitsLabel(filters, t);
  if (bits) labels.push(bits);
  else range(t.bits, ` ${t.unitBits}`, 'minBitsPerSample', 'maxBitsPerSample');
  range(t.recorded, '', 'recordedAfter', 'recordedBefore');
  range(t.added, '', 'addedAfter', 'addedBefore');
  if (filters.format) labels.push(t.chips.is(t.format, filters.format.replaceAll(',', ', ')));
  for (const name of ['artist', 'genre', 'author', 'licence', 'key'] as const) {
    const value = filters[name];
    if (value) labels.push(t.chips.is(t[name], value));
  }
  if (filters.kind) labels.push(t.kinds[filters.kind]);
  if (filters.channels) labels.push(t.channelLayouts[filters.channels]);
  for (const list of ['tag', 'collection', 'folder'] as const) {
    for (const value of filters[list] ?? []) labels.push(t.chips.is(t[list], value));
  }
  if (filters.favourite !== undefined) labels.push(filters.favourite ? t.favourite : t.notFavourite);
  const { minStars, maxStars } = filters;
  if (minStars !== undefined || maxStars !== undefined) labels.push(t.stars(minStars ?? 1, maxStars ?? 5));
  if (filters.colour) labels.push(t.colours[filters.colour]);
  if (filters.owner) labels.push(filters.owner === ME ? t.mine : t.chips.is(t.owner, filters.owner));
  if (filters.visibility) labels.push(t.chips.is(t.visibility, t.visibilities[filters.visibility]));
  if (filters.damaged !== undefined) labels.push(filters.damaged ? t.damaged : t.whole);
  return labels;
}
