import type { Visibility } from '../accounts/viewer.js';
import { CHANNEL_LAYOUTS, ME, type SoundColour, type SoundFilters, type SoundKind } from '../library/library.types.js';
import { formatsOf } from '../library/formats.js';
import { parseKey } from '../library/musical-key.js';
import { orderNamed } from './query-sorts.js';

export const FIELDS = [
  'tag',
  'artist',
  'genre',
  'author',
  'licence',
  'album',
  'title',
  'file',
  'name',
  'format',
  'channels',
  'key',
  'bpm',
  'len',
  'added',
  'collection',
  'damaged',
  'favourite',
  'rating',
  'colour',
  'folder',
  'note',
  'kind',
  'loudness',
  'brightness',
  'owner',
  'visibility',
  'rate',
  'bits',
  'recorded',
  'sort',
] as const;
export type Field = (typeof FIELDS)[number];

/** Other names that people try, in English and German. */
const ALIASES: Readonly<Record<string, Field>> = {
  tags: 'tag',
  schlagwort: 'tag',
  by: 'artist',
  künstler: 'artist',
  autor: 'author',
  autorin: 'author',
  urheber: 'author',
  composer: 'author',
  license: 'licence',
  lizenz: 'licence',
  copyright: 'licence',
  titel: 'title',
  filename: 'file',
  datei: 'file',
  type: 'format',
  codec: 'format',
  kanäle: 'channels',
  tonart: 'key',
  tempo: 'bpm',
  length: 'len',
  duration: 'len',
  länge: 'len',
  dauer: 'len',
  in: 'collection',
  playlist: 'collection',
  sammlung: 'collection',
  beschädigt: 'damaged',
  kaputt: 'damaged',
  broken: 'damaged',
  fav: 'favourite',
  ordner: 'folder',
  verzeichnis: 'folder',
  directory: 'folder',
  pack: 'folder',
  favorite: 'favourite',
  favorit: 'favourite',
  liebling: 'favourite',
  stars: 'rating',
  sterne: 'rating',
  bewertung: 'rating',
  color: 'colour',
  farbe: 'colour',
  notes: 'note',
  notiz: 'note',
  notizen: 'note',
  marker: 'note',
  marke: 'note',
  markers: 'note',
  chapter: 'note',
  kapitel: 'note',
  art: 'kind',
  lufs: 'loudness',
  lautheit: 'loudness',
  lautstärke: 'loudness',
  helligkeit: 'brightness',
  samplerate: 'rate',
  abtastrate: 'rate',
  bit: 'bits',
  bitdepth: 'bits',
  bittiefe: 'bits',
  year: 'recorded',
  date: 'recorded',
  jahr: 'recorded',
  datum: 'recorded',
  aufgenommen: 'recorded',
  order: 'sort',
  sortierung: 'sort',
  besitzer: 'owner',
  eigentümer: 'owner',
  whose: 'owner',
  visible: 'visibility',
  sichtbar: 'visibility',
  sichtbarkeit: 'visibility',
};

/** Names that a mistyped one is compared with. */
export const FIELD_NAMES: readonly string[] = [...FIELDS, ...Object.keys(ALIASES)];

/** How each field is written, for hints. */
export const EXAMPLES: Readonly<Record<Field, string>> = {
  tag: 'tag:dog',
  artist: 'artist:"two words"',
  genre: 'genre:techno',
  author: 'author:"two words"',
  licence: 'licence:CC0',
  album: 'album:"two words"',
  title: 'title:"two words"',
  file: 'file:kick*',
  name: 'name:rain',
  format: 'format:flac',
  channels: 'channels:stereo',
  key: 'key:Am',
  bpm: 'bpm:120-128',
  len: 'len:<5s',
  added: 'added:>2026-01',
  collection: 'collection:"Field trip"',
  damaged: 'damaged:true',
  favourite: 'favourite:true',
  rating: 'rating:4-5',
  colour: 'colour:red',
  folder: 'folder:Drums',
  note: 'note:"second take"',
  kind: 'kind:loop',
  loudness: 'loudness:>-14',
  brightness: 'brightness:>3k',
  owner: 'owner:me',
  visibility: 'visibility:private',
  rate: 'rate:48k',
  bits: 'bits:24',
  recorded: 'recorded:2019',
  sort: 'sort:newest',
};

/** Fields that, by their own or another name, start with these letters. */
export function fieldsStarting(letters: string): (Field | 'like')[] {
  const start = letters.toLowerCase();
  if (start === '') return [];
  const named = [...FIELDS, 'like' as const].filter((field) => field.startsWith(start));
  const otherwise = start.length > 2 ? Object.keys(ALIASES).filter((name) => name.startsWith(start)) : [];
  return [...new Set([...named, ...otherwise.map((name) => ALIASES[name]!)])];
}

export function fieldNamed(name: string): Field | null {
  const folded = name.toLowerCase();
  return FIELDS.find((field) => field === folded) ?? ALIASES[folded] ?? null;
}

/** What a field asks for, and its value in the one way we write it. */
export interface FieldValue {
  filters: SoundFilters;
  value: string;
}

/** @returns null when the value makes no sense for this field */
export function readField(field: Field, value: string): FieldValue | null {
  switch (field) {
    case 'tag':
      return { filters: { tags: [value] }, value };
    case 'collection':
      return { filters: { collections: [value] }, value };
    case 'folder':
      return /[^/\s]/.test(value) ? { filters: { folders: [value] }, value } : null;
    case 'artist':
    case 'genre':
    case 'author':
    case 'licence':
      return { filters: { [field]: value }, value };
    case 'album':
    case 'title':
    case 'name':
      return { filters: { [field]: [value] }, value };
    case 'note':
      return { filters: { notes: [value] }, value };
    case 'file':
      return { filters: { filename: [value] }, value };
    case 'format': {
      const format = formatsOf(value).join(',');
      return format === '' ? null : { filters: { format }, value: format };
    }
    case 'damaged':
    case 'favourite':
      return readFlag(field, value);
    case 'rating':
      return readRange(value, '-', readStars, (from, to) => ({ ...given('minStars', from), ...given('maxStars', to) }));
    case 'colour':
      return readColour(value);
    case 'channels': {
      const layout = CHANNEL_LAYOUTS.find((name) => name === value.toLowerCase());
      return layout ? { filters: { channels: layout }, value: layout } : null;
    }
    case 'kind':
      return readKind(value);
    case 'loudness':
      return readRange(value, '..', readLoudness, (from, to) => ({
        ...given('minLoudness', from),
        ...given('maxLoudness', to),
      }));
    case 'brightness':
      return readRange(withThousands(value), '-', readFrequency, (from, to) => ({
        ...given('minBrightness', from),
        ...given('maxBrightness', to),
      }));
    case 'rate':
      return readRange(withThousands(value), '-', readFrequency, (from, to) => ({
        ...given('minSampleRateHz', from),
        ...given('maxSampleRateHz', to),
      }));
    case 'bits':
      return readRange(value, '-', readBits, (from, to) => ({
        ...given('minBitsPerSample', from),
        ...given('maxBitsPerSample', to),
      }));
    case 'sort': {
      const order = orderNamed(value);
      return order ? { filters: {}, value: order } : null;
    }
    case 'owner':
      return readOwner(value);
    case 'visibility':
      return readVisibility(value);
    case 'key':
      return readKey(value);
    case 'bpm':
      return readRange(value, '-', readTempo, (from, to) => ({ ...given('minBpm', from), ...given('maxBpm', to) }));
    case 'len':
      return readRange(withUnit(value), '-', readLength, (from, to) => ({
        ...given('minDurationS', from),
        ...given('maxDurationS', to),
      }));
    case 'recorded':
      return readRange(value, '..', readRecorded, (from, to) => ({
        ...given('recordedAfter', from),
        ...given('recordedBefore', to),
      }));
    case 'added':
      return (
        readRecent(value) ??
        readRange(value, '..', readDate, (from, to) => ({
          ...given('addedAfter', from),
          ...given('addedBefore', to),
        }))
      );
  }
}

function readFlag(field: 'damaged' | 'favourite', value: string): FieldValue | null {
  const isTrue = /^(?:true|yes|1|on|ja|wahr)$/i.test(value);
  const isFalse = /^(?:false|no|0|off|nein|falsch)$/i.test(value);
  return isTrue || isFalse ? { filters: { [field]: isTrue }, value: String(isTrue) } : null;
}

const KIND_WORDS: readonly [SoundKind, RegExp][] = [
  ['one-shot', /^(?:one[-_ ]?shots?|oneshots?|hits?|single|einzelschl[aä]ge?|einzelkl[aä]nge?)$/i],
  ['loop', /^(?:loops?|schleifen?)$/i],
  ['long', /^(?:long|recordings?|lange?|aufnahmen?)$/i],
];

function readKind(value: string): FieldValue | null {
  const kind = KIND_WORDS.find(([, words]) => words.test(value))?.[0];
  return kind ? { filters: { kind }, value: kind } : null;
}

const COLOUR_WORDS: readonly [SoundColour, RegExp][] = [
  ['red', /^(?:red|rot)$/i],
  ['orange', /^orange$/i],
  ['amber', /^(?:amber|yellow|gelb|bernstein)$/i],
  ['green', /^(?:green|grün|gruen)$/i],
  ['teal', /^(?:teal|turquoise|cyan|türkis|tuerkis)$/i],
  ['blue', /^(?:blue|blau)$/i],
  ['violet', /^(?:violet|purple|violett|lila)$/i],
  ['pink', /^(?:pink|magenta|rosa)$/i],
];

function readColour(value: string): FieldValue | null {
  const colour = COLOUR_WORDS.find(([, words]) => words.test(value.trim()))?.[0];
  return colour ? { filters: { colour }, value: colour } : null;
}

function readOwner(value: string): FieldValue | null {
  if (!/[\p{L}\p{N}]/u.test(value)) return null;
  const owner = /^(?:me|my|mine|ich|mir|meine?)$/i.test(value.trim()) ? ME : value.trim();
  return { filters: { owner }, value: owner };
}

const VISIBILITY_WORDS: readonly [Visibility, RegExp][] = [
  ['private', /^(?:private?|hidden|nur ich)$/i],
  ['shared', /^(?:shared?|geteilt|freigegeben)$/i],
  ['public', /^(?:public|everyone|everybody|open|öffentlich|alle)$/i],
];

function readVisibility(value: string): FieldValue | null {
  const visibility = VISIBILITY_WORDS.find(([, words]) => words.test(value.trim()))?.[0];
  return visibility ? { filters: { visibility }, value: visibility } : null;
}

function readKey(value: string): FieldValue | null {
  const key = parseKey(value);
  return key === null ? null : { filters: { key }, value: key };
}

/** A number or date as typed: the first and last value it stands for, and how it is written. */
interface Point<T> {
  first: T;
  last: T;
  /** Where `>` begins and `<` ends: ends count. */
  from: T;
  to: T;
  text: string;
}

/**
 * `>x` and `<x` (ends count), `x-y`, `x..y`, `x-`, `-y`, or `x` alone.
 * @param between how the two ends are joined where we write them; dates hold hyphens themselves
 */
function readRange<T extends number | string>(
  typed: string,
  between: '-' | '..',
  read: (text: string) => Point<T> | null,
  filters: (from: T | undefined, to: T | undefined) => SoundFilters,
): FieldValue | null {
  const compared = /^([<>])=?\s*(.+)$/.exec(typed);
  if (compared) {
    const point = read(compared[2]!);
    return point && openRange(point, compared[1] === '>');
  }
  const alone = read(typed);
  if (alone) return { filters: filters(alone.first, alone.last), value: alone.text };
  const [, left, right] = (between === '-' ? /^(.*?)(?:\.\.|[-–])(.*)$/ : /^(.*?)\.\.(.*)$/).exec(typed) ?? [];
  if (left === undefined || right === undefined) return null;
  const [a, b] = [read(left), read(right)];
  if (b && left === '') return openRange(b, false);
  if (a && right === '') return openRange(a, true);
  if (!a || !b) return null;
  const [low, high] = a.from <= b.from ? [a, b] : [b, a];
  return { filters: filters(low.from, high.to), value: `${shortened(low.text, high.text)}${between}${high.text}` };

  function openRange(point: Point<T>, from: boolean): FieldValue {
    return from
      ? { filters: filters(point.from, undefined), value: `>${point.text}` }
      : { filters: filters(undefined, point.to), value: `<${point.text}` };
  }
}

/** `2s` before `10s` is written `2`. */
const shortened = (low: string, high: string): string =>
  (/k$/.test(low) && /k$/.test(high)) ||
  (/\d(?:ms|s)$/.test(low) && /(?:ms|s)$/.exec(low)![0] === /(?:ms|s|m|h)$/.exec(high)?.[0])
    ? low.replace(/(?:ms|s|k)$/, '')
    : low;

/** What rounds to the number as it was written: 120 is 119.5 to 120.5. */
function around(value: number, step: number): { first: number; last: number; from: number; to: number } {
  return { first: rounded(Math.max(0, value - step / 2)), last: rounded(value + step / 2), from: value, to: value };
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
const stepOf = (digits: string): number => 10 ** -(digits.split('.')[1]?.length ?? 0);

function readTempo(text: string): Point<number> | null {
  const digits = /^(\d{1,3}(?:[.,]\d{1,2})?)\s*(?:bpm)?$/i.exec(text)?.[1]?.replace(',', '.');
  if (digits === undefined) return null;
  return { ...around(Number(digits), stepOf(digits)), text: digits.replace(/^0+(?=\d)/, '') };
}

function readLoudness(text: string): Point<number> | null {
  const digits = /^([-−]?\d{1,2}(?:[.,]\d)?)\s*(?:lufs|db)?$/i.exec(text)?.[1]?.replace(',', '.').replace('−', '-');
  if (digits === undefined) return null;
  const [lufs, half] = [Number(digits), stepOf(digits) / 2];
  return { first: rounded(lufs - half), last: rounded(lufs + half), from: lufs, to: lufs, text: digits };
}

/** `2-5k` means `2k-5k`; `500-2k` does not mean `500k`. */
const withThousands = (typed: string): string =>
  /^\d{1,2}(?:[.,]\d+)?(?:\.\.|[-–])\d+(?:[.,]\d+)?\s*k(?:hz)?$/i.test(typed)
    ? typed.replace(/(?=\.\.|[-–])/, 'k')
    : typed;

/** In hertz, or thousands of them. */
function readFrequency(text: string): Point<number> | null {
  const [, typed, thousands] = /^(\d{1,5}(?:[.,]\d{1,2})?)\s*(k)?(?:hz)?$/i.exec(text) ?? [];
  if (typed === undefined) return null;
  const digits = typed.replace(',', '.').replace(/^0+(?=\d)/, '');
  const unit = thousands ? 1000 : 1;
  return { ...around(rounded(Number(digits) * unit), stepOf(digits) * unit), text: thousands ? `${digits}k` : digits };
}

function readBits(text: string): Point<number> | null {
  const digits = /^(\d{1,2})[- ]?(?:bits?)?$/i.exec(text)?.[1];
  const bits = Number(digits);
  return bits >= 1 && bits <= 64 ? { first: bits, last: bits, from: bits, to: bits, text: String(bits) } : null;
}

function readStars(text: string): Point<number> | null {
  const digit = /^([1-5])\s*(?:★|stars?|sterne?)?$/i.exec(text)?.[1];
  const stars = Number(digit);
  return digit === undefined ? null : { first: stars, last: stars, from: stars, to: stars, text: digit };
}

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
const LENGTH = /^(\d{1,7}(?:[.,]\d{1,3})?)\s*(ms|s|sec|m|min|h)?$/i;
const CLOCK = /^(\d{1,3}):([0-5]\d)$/;

/** `2-10s` means `2s-10s`. */
function withUnit(typed: string): string {
  const unit = /\d\s*(ms|s|sec|m|min|h)$/i.exec(typed)?.[1];
  return unit ? typed.replace(/^(\d+(?:[.,]\d+)?)(\.\.|[-–])/, (_, low, between) => `${low}${unit}${between}`) : typed;
}

function readLength(text: string): Point<number> | null {
  const [, minutes, seconds] = CLOCK.exec(text) ?? [];
  if (minutes !== undefined) return wholeSeconds(Number(minutes) * 60 + Number(seconds));
  const [, typed, unitTyped = 's'] = LENGTH.exec(text) ?? [];
  if (typed === undefined) return null;
  const digits = typed.replace(',', '.').replace(/^0+(?=\d)/, '');
  const unit = unitTyped.toLowerCase().replace('sec', 's').replace('min', 'm');
  const lengthS = Number(digits) * SECONDS[unit]!;
  if (unit === 'm' || unit === 'h') return wholeSeconds(Math.round(lengthS));
  const step = stepOf(digits) * SECONDS[unit]!;
  return step === 1 ? wholeSeconds(lengthS) : { ...around(rounded(lengthS), step), text: `${digits}${unit}` };
}

const wholeSeconds = (seconds: number): Point<number> => ({
  ...around(seconds, 1),
  text: seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`,
});

/** Sounds were recorded long before they were added. */
const readRecorded = (text: string): Point<string> | null => readDate(text, 1860);

/** A year, month or day. */
function readDate(text: string, firstYear = 1970): Point<string> | null {
  const found = /^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$/.exec(text);
  if (!found) return null;
  const [year, month, day] = found.slice(1).map((part) => part && Number(part)) as [number, number?, number?];
  if (year < firstYear || (month !== undefined && (month < 1 || month > 12))) return null;
  const first = isoDay(year, month ?? 1, day ?? 1);
  const last = day ? first : isoDay(year, month ? month + 1 : 13, 0);
  if (day !== undefined && Number(first.slice(8)) !== day) return null;
  return { first, last, from: first, to: last, text: first.slice(0, day ? 10 : month ? 7 : 4) };
}

const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 24 * 60 };
const MINUTE_MS = 60_000;

/** `5m`, `2h`, `3d`: within so long until now. The same all minute long, so that pages of one answer go together. */
function readRecent(value: string): FieldValue | null {
  const [, digits, typed = ''] = /^(\d{1,4})\s*(m|min|h|d)$/i.exec(value) ?? [];
  if (digits === undefined) return null;
  const unit = typed.charAt(0).toLowerCase();
  const since = Math.floor(Date.now() / MINUTE_MS) - Number(digits) * MINUTES[unit]!;
  return {
    filters: { addedAfter: new Date(since * MINUTE_MS).toISOString() },
    value: `${Number(digits)}${unit}`,
  };
}

const isoDay = (year: number, month: number, day: number): string =>
  new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);

const both = <T>(a: T[] | undefined, b: T[] | undefined): T[] | undefined =>
  a && b ? [...new Set([...a, ...b])] : (a ?? b);

const given = <K extends keyof SoundFilters>(name: K, value: SoundFilters[K]): SoundFilters =>
  value === undefined ? {} : { [name]: value };

/** Two terms for the same range must both hold; of other fields the later one counts, and lists add up. */
export function joinFilters(a: SoundFilters, b: SoundFilters): SoundFilters {
  const joined: SoundFilters = { ...a, ...b };
  const pick = <T extends number | string>(x: T | undefined, y: T | undefined, larger: boolean): T | undefined =>
    x === undefined ? y : y === undefined ? x : x > y === larger ? x : y;
  return {
    ...joined,
    ...given('minBpm', pick(a.minBpm, b.minBpm, true)),
    ...given('maxBpm', pick(a.maxBpm, b.maxBpm, false)),
    ...given('minDurationS', pick(a.minDurationS, b.minDurationS, true)),
    ...given('maxDurationS', pick(a.maxDurationS, b.maxDurationS, false)),
    ...given('minLoudness', pick(a.minLoudness, b.minLoudness, true)),
    ...given('maxLoudness', pick(a.maxLoudness, b.maxLoudness, false)),
    ...given('minBrightness', pick(a.minBrightness, b.minBrightness, true)),
    ...given('maxBrightness', pick(a.maxBrightness, b.maxBrightness, false)),
    ...given('minSampleRateHz', pick(a.minSampleRateHz, b.minSampleRateHz, true)),
    ...given('maxSampleRateHz', pick(a.maxSampleRateHz, b.maxSampleRateHz, false)),
    ...given('minBitsPerSample', pick(a.minBitsPerSample, b.minBitsPerSample, true)),
    ...given('maxBitsPerSample', pick(a.maxBitsPerSample, b.maxBitsPerSample, false)),
    ...given('minStars', pick(a.minStars, b.minStars, true)),
    ...given('maxStars', pick(a.maxStars, b.maxStars, false)),
    ...given('recordedAfter', pick(a.recordedAfter, b.recordedAfter, true)),
    ...given('recordedBefore', pick(a.recordedBefore, b.recordedBefore, false)),
    ...given('addedAfter', pick(a.addedAfter, b.addedAfter, true)),
    ...given('addedBefore', pick(a.addedBefore, b.addedBefore, false)),
    ...given('tags', both(a.tags, b.tags)),
    ...given('collections', both(a.collections, b.collections)),
    ...given('folders', both(a.folders, b.folders)),
    ...given('album', both(a.album, b.album)),
    ...given('title', both(a.title, b.title)),
    ...given('filename', both(a.filename, b.filename)),
    ...given('name', both(a.name, b.name)),
    ...given('notes', both(a.notes, b.notes)),
    ...given('not', both(a.not, b.not)),
  };
}
