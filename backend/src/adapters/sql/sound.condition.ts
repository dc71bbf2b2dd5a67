import { sql as raw, type RawBuilder } from 'kysely';
import { foldName } from '../../domain/accounts/user-name.js';
import { EVERYTHING, type Viewer } from '../../domain/accounts/viewer.js';
import { DomainError } from '../../domain/errors.js';
import { formatsOf } from '../../domain/library/formats.js';
import { ME, type ChannelLayout, type SoundFilters } from '../../domain/library/library.types.js';
import { spellingsOf } from '../../domain/library/musical-key.js';
import { askedWords, fold } from '../../domain/search/words.js';
import { tagNames } from '../../domain/tagging/german-names.js';
import { collectionsSeenBy } from './access.js';
import { List, type Sql } from './dialect.js';
import { literally } from './values.js';
import type { Field } from './words.js';
import { because } from '../../domain/reasons.js';

type Condition = RawBuilder<boolean>;

const FORMAT_ALIASES: Readonly<Record<string, string[]>> = {
  wav: ['wav', 'wave'],
  aiff: ['aiff', 'aif', 'aifc'],
  m4a: ['m4a', 'mp4'],
  ogg: ['ogg', 'oga'],
  mp4: ['mp4', 'm4v'],
};

const CHANNELS: Readonly<Record<ChannelLayout, Condition>> = {
  mono: raw`channels = 1`,
  stereo: raw`channels = 2`,
  surround: raw`channels > 2`,
};

/** All of the conditions. */
export const every = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? raw`TRUE` : raw`${raw.join(conditions, raw` AND `)}`;

/**
 * The filters as conditions over `library` or `sounds`; none for no filter.
 * @param viewer whose collections are meant by their names
 * @throws DomainError `invalid_input` for a date that is none
 */
export function conditionsFor(
  dialect: Sql['dialect'],
  filters: SoundFilters,
  viewer: Viewer = EVERYTHING,
): Condition[] {
  const conditions: Condition[] = [];
  const add = (condition: Condition): void => void conditions.push(condition);
  const among = (values: readonly string[]): RawBuilder<string> => dialect.texts(new List(values));
  if (filters.minDurationS !== undefined) add(raw`duration_s >= ${filters.minDurationS}`);
  if (filters.maxDurationS !== undefined) add(raw`duration_s <= ${filters.maxDurationS}`);
  conditions.push(...tempo(filters));
  if (filters.key !== undefined) add(raw`key_folded IN ${among(spellingsOf(fold(filters.key.trim())))}`);
  if (filters.genre !== undefined) add(raw`genre_folded = ${fold(filters.genre.trim())}`);
  for (const [column, wanted] of [
    [raw`author_folded`, filters.author],
    [raw`licence_folded`, filters.licence],
  ] as const) {
    // Parts of it are enough: nobody types "CC BY-NC 4.0" to the end, or all of "© 2024 Ann".
    if (wanted !== undefined) add(raw`${column} LIKE ${`%${literally(fold(wanted.trim()))}%`} ESCAPE '\\'`);
  }
  if (filters.artist !== undefined) {
    const artist = fold(filters.artist.trim());
    add(raw`(artist_folded = ${artist}
      OR sound_key IN (SELECT sound_key FROM sound_artists WHERE name_folded = ${artist}))`);
  }
  if (filters.albumKey !== undefined) add(raw`album_key = ${filters.albumKey}`);
  for (const tag of filters.tags ?? []) {
    add(raw`sound_key IN (SELECT sound_key FROM tags WHERE name_folded IN ${among(tagNames(tag.trim()))})`);
  }
  for (const name of filters.collections ?? []) {
    add(raw`sound_key IN (SELECT sound_key FROM collection_sounds JOIN collections USING (collection_key)
      WHERE ${every([raw`name_folded = ${fold(name.trim())}`, ...collectionsSeenBy(viewer, 'collections')])})`);
  }
  for (const folder of filters.folders ?? []) add(cameFrom(folder));
  const said = (text: string, open: boolean, fields?: readonly Field[]): Condition =>
    dialect.words.has([{ anyOf: [{ words: askedWords(text), open }], ...(fields && { in: fields }) }]);
  for (const phrase of filters.phrases ?? []) add(said(phrase, false));
  for (const [fields, texts] of [
    [['album'], filters.album],
    [['title'], filters.title],
    [['filename'], filters.filename],
    [['title', 'filename'], filters.name],
    [['notes'], filters.notes],
  ] as const) {
    // An asterisk at the end stands for any ending of the last word.
    for (const text of texts ?? []) add(said(text, text.trimEnd().endsWith('*'), fields));
  }
  conditions.push(...ratings(filters), ...ownership(filters));
  for (const excluded of filters.not ?? []) {
    const inner = conditionsFor(dialect, excluded, viewer);
    if (inner.length > 0) add(raw`(${every(inner)}) IS NOT TRUE`);
  }
  if (filters.channels !== undefined) add(CHANNELS[filters.channels]);
  if (filters.kind !== undefined) add(raw`sound_kind = ${filters.kind}`);
  if (filters.minLoudness !== undefined) add(raw`loudness_lufs >= ${filters.minLoudness}`);
  if (filters.maxLoudness !== undefined) add(raw`loudness_lufs <= ${filters.maxLoudness}`);
  if (filters.minBrightness !== undefined) add(raw`brightness_hz >= ${filters.minBrightness}`);
  if (filters.maxBrightness !== undefined) add(raw`brightness_hz <= ${filters.maxBrightness}`);
  if (filters.minSampleRateHz !== undefined) add(raw`sample_rate_hz >= ${filters.minSampleRateHz}`);
  if (filters.maxSampleRateHz !== undefined) add(raw`sample_rate_hz <= ${filters.maxSampleRateHz}`);
  if (filters.minBitsPerSample !== undefined) add(raw`bits_per_sample >= ${filters.minBitsPerSample}`);
  if (filters.maxBitsPerSample !== undefined) add(raw`bits_per_sample BETWEEN 1 AND ${filters.maxBitsPerSample}`);
  conditions.push(...recording(filters));
  if (filters.format !== undefined) {
    const formats = formatsOf(filters.format);
    const extensions = formats.flatMap((format) => FORMAT_ALIASES[format] ?? [format]);
    add(raw`(lower(codec) IN ${among(formats)} OR extension IN ${among(extensions)})`);
  }
  if (filters.addedAfter !== undefined) add(raw`created_at >= ${timestamp(filters.addedAfter, 'addedAfter', false)}`);
  if (filters.addedBefore !== undefined) add(raw`created_at <= ${timestamp(filters.addedBefore, 'addedBefore', true)}`);
  if (filters.status !== undefined) add(raw`status = ${filters.status}`);
  if (filters.damaged !== undefined) add(filters.damaged ? raw`damaged IS NOT NULL` : raw`damaged IS NULL`);
  return conditions;
}

/** A year or month meets whatever lies in it: dates are compared as exactly as both are known. */
function recording({ recordedAfter: from, recordedBefore: to }: SoundFilters): Condition[] {
  return [
    ...(from === undefined
      ? []
      : [raw<boolean>`(recorded <> '' AND recorded >= substr(CAST(${from} AS text), 1, length(recorded)))`]),
    ...(to === undefined
      ? []
      : [
          raw<boolean>`(recorded <> '' AND
          substr(recorded, 1, length(CAST(${to} AS text))) <= substr(CAST(${to} AS text), 1, length(recorded)))`,
        ]),
  ];
}

/** Whether an estimate means a beat, its half or its double cannot be known: between two ends all three count. */
function tempo({ minBpm: least, maxBpm: most }: SoundFilters): Condition[] {
  if (least !== undefined && most !== undefined) {
    return [
      raw`(bpm BETWEEN ${least} AND ${most} OR (bpm_source = 'estimated'
        AND (bpm * 2 BETWEEN ${least} AND ${most} OR bpm / 2.0 BETWEEN ${least} AND ${most})))`,
    ];
  }
  return [
    ...(least === undefined ? [] : [raw<boolean>`bpm >= ${least}`]),
    ...(most === undefined ? [] : [raw<boolean>`bpm <= ${most}`]),
  ];
}

/** A path that begins with a slash is all of it; else it may begin anywhere. What lies below counts. */
function cameFrom(folder: string): Condition {
  const path = fold(folder.trim()).replace(/^\/+|\/+$/g, '');
  const whole = folder.trim().startsWith('/');
  const pattern = `${whole ? '' : '%'}/${literally(path)}/%`;
  return raw`sound_key IN (SELECT sound_key FROM origins WHERE '/' || folder_folded || '/' LIKE ${pattern} ESCAPE '\\')`;
}

/** By nobody's in particular none is met. */
function ratings({ raterId = '', favourite, minStars, maxStars, colour }: SoundFilters): Condition[] {
  const rated = (condition: Condition): Condition =>
    raw`sound_key IN (SELECT sound_key FROM ratings WHERE owner = ${raterId} AND ${condition})`;
  return [
    ...(favourite === undefined
      ? []
      : [favourite ? rated(raw`favourite = 1`) : raw<boolean>`NOT ${rated(raw`favourite = 1`)}`]),
    ...(minStars === undefined ? [] : [rated(raw`stars >= ${minStars}`)]),
    ...(maxStars === undefined ? [] : [rated(raw`stars <= ${maxStars}`)]),
    ...(colour === undefined ? [] : [rated(raw`colour = ${colour}`)]),
  ];
}

/** Names that nobody has here find nothing, as those do whose sounds are kept from the viewer. */
function ownership({ raterId = '', owner, visibility }: SoundFilters): Condition[] {
  const named = (name: string): Condition =>
    raw`(owner_id = ${name} OR owner_id IN (SELECT id FROM users WHERE name_folded = ${foldName(name)}))`;
  return [
    ...(owner === undefined ? [] : [owner === ME ? raw<boolean>`owner_id = ${raterId}` : named(owner.trim())]),
    ...(visibility === undefined ? [] : [raw<boolean>`visibility = ${visibility}`]),
  ];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A day without a time means all of that day. */
function timestamp(text: string, field: string, endOfDay: boolean): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) {
    throw new DomainError('invalid_input', because('date_odd', { text }), {
      fields: [{ path: field, message: 'must be an ISO 8601 date' }],
    });
  }
  const wholeDay = endOfDay && /^\d{4}-\d{2}-\d{2}$/.test(text.trim());
  return new Date(wholeDay ? time + DAY_MS - 1 : time).toISOString();
}
