import type { FactSource } from '../../domain/analysis/analysis.types.js';
import type {
  Hearing,
  ChannelLayout,
  Sound,
  SoundFilters,
  SoundKey,
  SoundStatus,
  Tag,
  TagSource,
} from '../../domain/library/library.types.js';
import { DomainError } from '../../domain/errors.js';
import { fold, indexedWords, wordsOf } from '../../domain/search/words.js';
import { tagNames } from '../../domain/tagging/german-names.js';
import type { Database } from './database.js';
import { addTempo, spellings, type MusicFacts } from './music.rows.js';
import { wordsChanged } from './vocabulary.js';

export interface SoundRow {
  sound_key: number;
  id: string;
  sha256: string;
  generation: number;
  filename: string;
  size_bytes: number;
  status: SoundStatus;
  error: string | null;
  duration_s: number | null;
  sample_rate_hz: number | null;
  channels: number | null;
  codec: string | null;
  bit_rate_kbps: number | null;
  title: string | null;
  artist: string | null;
  album: string | null;
  genre: string | null;
  description: string | null;
  bpm: number | null;
  bpm_source: FactSource | null;
  bpm_confidence: number | null;
  key: string | null;
  key_source: FactSource | null;
  key_confidence: number | null;
  edited: string;
  /** JSON of a `Hearing`. */
  hearing: string | null;
  damaged: number | null;
  created_at: string;
  updated_at: string;
}

/** For tables with the key of a sound: those that are not in the bin. */
export const IN_LIBRARY = 'sound_key NOT IN (SELECT sound_key FROM bin)';

interface TagRow {
  sound_key: number;
  source: TagSource;
  name_folded: string;
  name: string;
  score: number | null;
}

/** Sounds that were processed before this was kept were heard as the mean of their channels. */
export const hearingOf = ({
  hearing,
  channels,
  status,
}: Pick<SoundRow, 'hearing' | 'channels' | 'status'>): Hearing | null => {
  if (hearing !== null) return JSON.parse(hearing) as Hearing;
  if (status !== 'ready' || !channels) return null;
  return { track: 0, weights: new Array<number>(channels).fill(1 / channels) };
};

/** Turns rows into sounds, with their tags. */
export function toSounds(db: Database, rows: readonly SoundRow[]): Sound[] {
  if (rows.length === 0) return [];
  const keys = rows.map((row) => row.sound_key);
  const tags = tagsOf(db, keys);
  const artists = artistsBySound(db, keys);
  return rows.map((row) => ({
    id: row.id,
    soundKey: row.sound_key,
    filename: row.filename,
    title: row.title,
    artist: row.artist,
    artists: artists.get(row.sound_key) ?? [],
    album: row.album,
    genre: row.genre,
    description: row.description,
    tags: tags.get(row.sound_key) ?? [],
    bpm: row.bpm,
    bpmSource: row.bpm_source,
    bpmConfidence: row.bpm_confidence,
    key: row.key,
    keySource: row.key_source,
    keyConfidence: row.key_confidence,
    durationS: row.duration_s,
    sampleRateHz: row.sample_rate_hz,
    channels: row.channels,
    codec: row.codec,
    bitRateKbps: row.bit_rate_kbps,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    hearing: hearingOf(row),
    damaged: row.damaged,
    status: row.status,
    error: row.error,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }));
}

/** One entry per name: what the user says comes before what the file says, and that before what was guessed. */
function tagsOf(db: Database, keys: readonly SoundKey[]): Map<SoundKey, Tag[]> {
  const rows = db
    .prepare<[string], TagRow>(
      `SELECT * FROM tags WHERE sound_key IN (SELECT value FROM json_each(?))
       ORDER BY sound_key, CASE source WHEN 'user' THEN 0 WHEN 'file' THEN 1 ELSE 2 END, score DESC, name_folded`,
    )
    .all(JSON.stringify(keys));
  const bySound = new Map<SoundKey, Tag[]>();
  const seen = new Set<string>();
  for (const row of rows) {
    const identity = `${row.sound_key} ${row.name_folded}`;
    if (seen.has(identity)) continue;
    seen.add(identity);
    const list = bySound.get(row.sound_key) ?? [];
    list.push({ name: row.name, score: row.score, source: row.source });
    bySound.set(row.sound_key, list);
  }
  return bySound;
}

/** Replaces all tags of one source. Names are trimmed; empty and repeated ones are left out. */
export function replaceTags(db: Database, key: SoundKey, source: TagSource, names: readonly string[]): void {
  db.prepare('DELETE FROM tags WHERE sound_key = ? AND source = ?').run(key, source);
  const insert = db.prepare('INSERT OR IGNORE INTO tags (sound_key, source, name_folded, name) VALUES (?, ?, ?, ?)');
  for (const raw of names) {
    const name = raw.trim();
    if (name !== '') insert.run(key, source, fold(name), name);
  }
}

export const extensionOf = (filename: string): string => /\.([a-z0-9]{1,8})$/i.exec(filename)?.[1]?.toLowerCase() ?? '';

export const stemOf = (filename: string): string => filename.replace(/\.[a-z0-9]{1,8}$/i, '');

/** What a sound is sorted by when the title is asked for: its title, else its file name. */
export const titleFolded = (title: string | null, filename: string): string => fold(title ?? stemOf(filename));

/** Stands between tags in the keyword index, so that no phrase spans two of them; no text that is searched for holds it. */
const TAG_BOUNDARY = ' \u{E000} ';

/** Writes the sound's row in the keyword index anew. Call inside the transaction that changed the sound. */
export function indexWords(db: Database, key: SoundKey): void {
  const row = db
    .prepare<[number], Pick<SoundRow, 'filename' | 'title' | 'artist' | 'album' | 'genre' | 'description'>>(
      'SELECT filename, title, artist, album, genre, description FROM library WHERE sound_key = ?',
    )
    .get(key);
  if (!row) return;
  const tags = db
    .prepare<[number], { name: string; auto: number }>(
      "SELECT name, min(source = 'auto') AS auto FROM tags WHERE sound_key = ? GROUP BY name_folded",
    )
    .all(key);
  const named = (auto: 0 | 1): string =>
    tags
      .filter((tag) => tag.auto === auto)
      .map((tag) => words(tag.name))
      .join(TAG_BOUNDARY);
  const words = (text: string | null): string => indexedWords(text ?? '').join(' ');
  const others = (artistsBySound(db, [key]).get(key) ?? []).filter((name) => !row.artist?.includes(name));
  wordsChanged(db);
  db.prepare('DELETE FROM sound_words WHERE rowid = ?').run(key);
  db.prepare(
    `INSERT INTO sound_words (rowid, title, tags, filename, artist, genre, album, auto_tags, description)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    key,
    words(row.title),
    named(0),
    words(stemOf(row.filename)),
    words([row.artist, ...others].join(TAG_BOUNDARY)),
    words(row.genre),
    words(row.album),
    named(1),
    words(row.description),
  );
}

export interface Condition {
  /** Parts to be joined with AND, over the table `sounds`. */
  where: string[];
  params: (string | number)[];
}

const FORMAT_ALIASES: Readonly<Record<string, string[]>> = {
  wav: ['wav', 'wave'],
  aiff: ['aiff', 'aif', 'aifc'],
  m4a: ['m4a', 'mp4'],
  ogg: ['ogg', 'oga'],
  mp4: ['mp4', 'm4v'],
};

const CHANNELS: Readonly<Record<ChannelLayout, string>> = {
  mono: 'channels = 1',
  stereo: 'channels = 2',
  surround: 'channels > 2',
};

/**
 * The filters as SQL.
 * @throws DomainError `invalid_input` for a date that is none.
 */
export function conditionFor(filters: SoundFilters): Condition {
  const where: string[] = [];
  const params: (string | number)[] = [];
  const add = (sql: string, ...values: (string | number)[]): void => {
    where.push(sql);
    params.push(...values);
  };
  if (filters.minDurationS !== undefined) add('duration_s >= ?', filters.minDurationS);
  if (filters.maxDurationS !== undefined) add('duration_s <= ?', filters.maxDurationS);
  addTempo(filters, add);
  if (filters.key !== undefined) {
    add('key_folded IN (SELECT value FROM json_each(?))', JSON.stringify(spellings(fold(filters.key.trim()))));
  }
  if (filters.genre !== undefined) add('genre_folded = ?', fold(filters.genre.trim()));
  if (filters.artist !== undefined) {
    const artist = fold(filters.artist.trim());
    add(
      '(artist_folded = ? OR sound_key IN (SELECT sound_key FROM sound_artists WHERE name_folded = ?))',
      artist,
      artist,
    );
  }
  for (const tag of filters.tags ?? []) {
    add(
      'sound_key IN (SELECT sound_key FROM tags WHERE name_folded IN (SELECT value FROM json_each(?)))',
      JSON.stringify(tagNames(tag.trim())),
    );
  }
  for (const name of filters.collections ?? []) {
    add(
      'sound_key IN (SELECT sound_key FROM collection_sounds JOIN collections USING (collection_key) WHERE name_folded = ?)',
      fold(name.trim()),
    );
  }
  for (const phrase of filters.phrases ?? []) {
    add('sound_key IN (SELECT rowid FROM sound_words WHERE sound_words MATCH ?)', `"${wordsOf(phrase).join(' ')}"`);
  }
  for (const [columns, texts] of [
    ['title', filters.title],
    ['filename', filters.filename],
    ['title filename', filters.name],
  ] as const) {
    for (const text of texts ?? []) {
      add('sound_key IN (SELECT rowid FROM sound_words WHERE sound_words MATCH ?)', `{${columns}} : ${phraseOf(text)}`);
    }
  }
  for (const excluded of filters.not ?? []) {
    const { where: inner, params: values } = conditionFor(excluded);
    if (inner.length > 0) add(`(${inner.join(' AND ')}) IS NOT TRUE`, ...values);
  }
  if (filters.channels !== undefined) add(CHANNELS[filters.channels]);
  if (filters.format !== undefined) {
    const format = fold(filters.format.trim()).replace(/^\./, '');
    const names = JSON.stringify(FORMAT_ALIASES[format] ?? [format]);
    add('(lower(codec) = ? OR extension IN (SELECT value FROM json_each(?)))', format, names);
  }
  if (filters.addedAfter !== undefined) add('created_at >= ?', timestamp(filters.addedAfter, 'addedAfter', false));
  if (filters.addedBefore !== undefined) add('created_at <= ?', timestamp(filters.addedBefore, 'addedBefore', true));
  if (filters.status !== undefined) add('status = ?', filters.status);
  if (filters.damaged !== undefined) add(`damaged IS ${filters.damaged ? 'NOT ' : ''}NULL`);
  return { where, params };
}

/** An asterisk at the end stands for any ending of the last word. */
const phraseOf = (text: string): string => `"${wordsOf(text).join(' ')}"${text.trimEnd().endsWith('*') ? ' *' : ''}`;

const DAY_MS = 24 * 60 * 60 * 1000;

/** A day without a time means all of that day. */
function timestamp(text: string, field: string, endOfDay: boolean): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) {
    throw new DomainError(
      'invalid_input',
      `"${text}" is not a date. Write it like 2026-01-31 or 2026-01-31T12:00:00Z.`,
      {
        fields: [{ path: field, message: 'must be an ISO 8601 date' }],
      },
    );
  }
  const wholeDay = endOfDay && /^\d{4}-\d{2}-\d{2}$/.test(text.trim());
  return new Date(wholeDay ? time + DAY_MS - 1 : time).toISOString();
}

/**
 * Writes title, artist, album, genre, description, tempo and key together with what is derived from them.
 * @param artists each of the artists anew; without it they stay as they are
 */
export function writeMetadata(
  db: Database,
  row: MusicFacts & Pick<SoundRow, 'sound_key' | 'filename' | 'title' | 'artist' | 'album' | 'genre' | 'description'>,
  artists?: readonly string[],
): void {
  const folded = (text: string | null): string | null => (text === null ? null : fold(text));
  db.prepare(
    `UPDATE sounds SET title = ?, artist = ?, album = ?, genre = ?, description = ?, bpm = ?, bpm_source = ?, bpm_confidence = ?,
            key = ?, key_source = ?, key_confidence = ?,
            title_folded = ?, artist_folded = ?, genre_folded = ?, key_folded = ? WHERE sound_key = ?`,
  ).run(
    row.title,
    row.artist,
    row.album,
    row.genre,
    row.description,
    row.bpm,
    row.bpm_source,
    row.bpm_confidence,
    row.key,
    row.key_source,
    row.key_confidence,
    titleFolded(row.title, row.filename),
    folded(row.artist),
    folded(row.genre),
    folded(row.key),
    row.sound_key,
  );
  if (!artists) return;
  db.prepare('DELETE FROM sound_artists WHERE sound_key = ?').run(row.sound_key);
  const insert = db.prepare('INSERT INTO sound_artists (sound_key, position, name, name_folded) VALUES (?, ?, ?, ?)');
  artists.forEach((name, position) => insert.run(row.sound_key, position, name, fold(name)));
}

function artistsBySound(db: Database, keys: readonly SoundKey[]): Map<SoundKey, string[]> {
  const rows = db
    .prepare<[string], { sound_key: SoundKey; name: string }>(
      'SELECT sound_key, name FROM sound_artists WHERE sound_key IN (SELECT value FROM json_each(?)) ORDER BY sound_key, position',
    )
    .all(JSON.stringify(keys));
  const bySound = new Map<SoundKey, string[]>();
  for (const { sound_key: key, name } of rows) bySound.set(key, [...(bySound.get(key) ?? []), name]);
  return bySound;
}
