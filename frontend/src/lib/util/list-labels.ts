import type { ListPlaces } from '$lib/api/types';
import type { LibrarySort } from '$lib/state/library.svelte';
import { formatBytes, formatCount, formatDuration } from './format';

type Place = ListPlaces['places'][number];

export interface ListMark {
  offset: number;
  label: string;
}

const DAY_MS = 86_400_000;
/** Above, days say less than months, and months less than years. */
const MANY_DAYS = 90;
const MANY_MONTHS_DAYS = 5 * 366;

/** What to call the places of a list, by what it is sorted by. */
export function labelsOf(places: readonly Place[], sort: LibrarySort, locale: string, none: string): ListMark[] {
  const say = sort === 'added' ? datesIn(places, locale) : SAY[sort];
  return places.map(({ offset, value }) => ({
    offset,
    label: value === null || value === '' ? none : say(value, locale),
  }));
}

/** Those where something else begins, at most so many; the first and later ones evenly left out. */
export function marksOf(labels: readonly ListMark[], most: number): ListMark[] {
  const changes = labels.filter(({ label }, i) => label !== labels[i - 1]?.label);
  const step = Math.max(1, Math.ceil(changes.length / Math.max(1, most)));
  return changes.filter((_, i) => i % step === 0);
}

/** What the list has at a place: that of the last known place before it. */
export const labelAt = (labels: readonly ListMark[], offset: number): string =>
  labels.findLast((label) => label.offset <= offset)?.label ?? '';

type Say = (value: string | number, locale: string) => string;

function datesIn(places: readonly Place[], locale: string): Say {
  const times = places.flatMap(({ value }) => (typeof value === 'string' ? [Date.parse(value)] : []));
  const days = (Math.max(...times) - Math.min(...times)) / DAY_MS;
  const format = new Intl.DateTimeFormat(
    locale,
    days > MANY_MONTHS_DAYS
      ? { year: 'numeric' }
      : days > MANY_DAYS
        ? { month: 'short', year: 'numeric' }
        : { day: 'numeric', month: 'short' },
  );
  return (value) => format.format(new Date(value));
}

const initial: Say = (value, locale) => {
  const [first = ''] = [...String(value)];
  return /\p{L}/u.test(first) ? first.toLocaleUpperCase(locale) : '#';
};
/** Two figures that count. */
const roughly = (value: number): number => Number(value.toPrecision(2));

const SAY: Record<Exclude<LibrarySort, 'added'>, Say> = {
  title: initial,
  artist: initial,
  key: (value) => String(value).charAt(0).toUpperCase() + String(value).slice(1),
  duration: (value, locale) => formatDuration(Number(value), locale),
  size: (value, locale) => formatBytes(roughly(Number(value)), locale),
  bpm: (value, locale) => `${formatCount(Math.round(Number(value)), locale)} BPM`,
  loudness: (value, locale) => `${formatCount(Math.round(Number(value)), locale)} LUFS`,
  brightness: (value, locale) => `${formatCount(roughly(Number(value)), locale)} Hz`,
  recorded: (value) => String(value).slice(0, 4),
};
