import type { Selectable } from 'kysely';
import type { Hearing, Sound, SoundKey, Tag, TagSource } from '../../domain/library/library.types.js';
import { albumKey, discOf, trackOf } from '../../domain/library/albums.js';
import { stemOf } from '../../domain/library/names.js';
import { fold, indexedWords } from '../../domain/search/words.js';
import { List, type Sql } from './dialect.js';
import { hot } from './hot.js';
import type { Schema } from './schema.js';
import type { Field } from './words.js';

export type SoundRow = Selectable<Schema['sounds']>;

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

export const editedOf = (row: Pick<SoundRow, 'edited'>): Set<string> => new Set(JSON.parse(row.edited) as string[]);

/** Turns rows into sounds, with their tags. */
export async function toSounds(sql: Sql, rows: readonly SoundRow[]): Promise<Sound[]> {
  if (rows.length === 0) return [];
  const keys = rows.map((row) => row.sound_key);
  const [tags, artists] = [await tagsOf(sql, keys), await artistsBySound(sql, keys)];
  const folders = await foldersOf(sql, keys);
  const places = await placesOf(sql, rows);
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
    author: row.author,
    licence: row.licence,
    cover: row.cover,
    albumArtist: row.album_artist,
    albumKey: row.album_key,
    disc: row.album_place === null ? null : discOf(row.album_place),
    track: row.album_place === null ? null : trackOf(row.album_place),
    recorded: row.recorded || null,
    tags: tags.get(row.sound_key) ?? [],
    folders: folders.get(row.sound_key) ?? [],
    bpm: row.bpm,
    bpmSource: row.bpm_source,
    bpmConfidence: row.bpm_confidence,
    key: row.key,
    keySource: row.key_source,
    keyConfidence: row.key_confidence,
    kind: row.sound_kind,
    loudnessLufs: row.loudness_lufs,
    peakDb: row.peak_db,
    brightnessHz: row.brightness_hz,
    durationS: row.duration_s,
    sampleRateHz: row.sample_rate_hz,
    bitsPerSample: row.bits_per_sample || null,
    channels: row.channels,
    codec: row.codec,
    bitRateKbps: row.bit_rate_kbps,
    inPlace: places.get(row.sha256) ?? null,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    hearing: hearingOf(row),
    damaged: row.damaged,
    status: row.status,
    error: row.error,
    ownerId: row.owner_id,
    visibility: row.visibility,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }));
}

const tagRows = hot(({ db, dialect }: Sql, keys: List<number>) =>
  db
    .selectFrom('tags')
    .selectAll()
    .where('sound_key', 'in', dialect.keys(keys))
    .orderBy('sound_key')
    .orderBy((eb) => eb.case('source').when('user').then(0).when('file').then(1).else(2).end())
    .orderBy('score', (order) => order.desc().nullsLast())
    .orderBy('name_folded'),
);

/** One entry per name: what the user says comes before what the file says, and that before what was guessed. */
async function tagsOf(sql: Sql, keys: readonly SoundKey[]): Promise<Map<SoundKey, Tag[]>> {
  const bySound = new Map<SoundKey, Tag[]>();
  const seen = new Set<string>();
  for (const row of await tagRows(sql, new List(keys))) {
    const identity = `${row.sound_key} ${row.name_folded}`;
    if (seen.has(identity)) continue;
    seen.add(identity);
    const list = bySound.get(row.sound_key);
    const tag = { name: row.name, score: row.score, source: row.source };
    if (list) list.push(tag);
    else bySound.set(row.sound_key, [tag]);
  }
  return bySound;
}

const artistRows = hot(({ db, dialect }: Sql, keys: List<number>) =>
  db
    .selectFrom('sound_artists')
    .select(['sound_key', 'name'])
    .where('sound_key', 'in', dialect.keys(keys))
    .orderBy('sound_key')
    .orderBy('position'),
);

async function artistsBySound(sql: Sql, keys: readonly SoundKey[]): Promise<Map<SoundKey, string[]>> {
  const bySound = new Map<SoundKey, string[]>();
  for (const { sound_key: key, name } of await artistRows(sql, new List(keys))) {
    const list = bySound.get(key);
    if (list) list.push(name);
    else bySound.set(key, [name]);
  }
  return bySound;
}

const originRows = hot(({ db, dialect }: Sql, keys: List<number>) =>
  db
    .selectFrom('origins')
    .select(['sound_key', 'folder'])
    .distinct()
    .where('sound_key', 'in', dialect.keys(keys))
    .orderBy('sound_key')
    .orderBy('folder'),
);

async function foldersOf(sql: Sql, keys: readonly SoundKey[]): Promise<Map<SoundKey, string[]>> {
  const bySound = new Map<SoundKey, string[]>();
  for (const { sound_key: key, folder } of await originRows(sql, new List(keys))) {
    const list = bySound.get(key);
    if (list) list.push(folder);
    else bySound.set(key, [folder]);
  }
  return bySound;
}

const placeRows = hot(({ db, dialect }: Sql, hashes: List<string>) =>
  db
    .selectFrom('placed_files')
    .leftJoin('folders', 'folders.id', 'placed_files.folder_id')
    .select(['sha256', 'state', 'since', 'kept', 'unplugged_since'])
    .where('sha256', 'in', dialect.texts(hashes)),
);

const RANK = { there: 0, unplugged: 1, missing: 2 } as const;

/** Of content that lies in folders alone, where it is at best. */
async function placesOf(sql: Sql, rows: readonly SoundRow[]): Promise<Map<string, NonNullable<Sound['inPlace']>>> {
  const places = new Map<string, NonNullable<Sound['inPlace']>>();
  const kept = new Set<string>();
  for (const row of await placeRows(sql, new List(rows.map(({ sha256 }) => sha256)))) {
    if (row.kept === 1) kept.add(row.sha256);
    if (row.state === 'refused') continue;
    const unplugged = row.state !== 'away' && row.unplugged_since !== null;
    const state = unplugged ? 'unplugged' : row.state === 'there' ? 'there' : 'missing';
    const known = places.get(row.sha256);
    if (known && RANK[known.state] <= RANK[state]) continue;
    places.set(row.sha256, { state, since: unplugged ? row.unplugged_since! : row.since });
  }
  for (const sha256 of kept) places.delete(sha256);
  return places;
}

/** Replaces all tags of one source. Names are trimmed; empty and repeated ones are left out. */
export async function replaceTags(
  { db }: Sql,
  key: SoundKey,
  source: TagSource,
  names: readonly string[],
): Promise<void> {
  await db.deleteFrom('tags').where('sound_key', '=', key).where('source', '=', source).execute();
  const tags = names
    .map((raw) => raw.trim())
    .filter((name) => name !== '')
    .map((name) => ({ sound_key: key, source, name_folded: fold(name), name }));
  await insertTags({ db }, tags);
}

/** Tags that are there already stay as they are. */
export async function insertTags(
  { db }: Pick<Sql, 'db'>,
  tags: { sound_key: number; source: TagSource; name_folded: string; name: string; score?: number | null }[],
): Promise<void> {
  for (const tag of tags) {
    await db
      .insertInto('tags')
      .values({ score: null, ...tag })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Stands between tags, and between notes, in the keyword index, so that no phrase spans two of them; no text that is searched for holds it. */
const BOUNDARY = ' \u{E000} ';

/** Writes the sound's row in the keyword index anew. Call inside the transaction that changed the sound. */
export async function indexWords(sql: Sql, key: SoundKey): Promise<void> {
  const row = await sql.db
    .selectFrom('library')
    .select(['filename', 'title', 'artist', 'album', 'genre', 'description'])
    .where('sound_key', '=', key)
    .executeTakeFirst();
  if (!row) return;
  const tags = await sql.db
    .selectFrom('tags')
    .select(['name', 'name_folded', 'source'])
    .where('sound_key', '=', key)
    .orderBy('name_folded')
    .execute();
  const notes = await sql.db
    .selectFrom('markers')
    .select('text')
    .where('sound_key', '=', key)
    .where('text', '!=', '')
    .orderBy('start_s')
    .execute();
  const written = new Set(tags.filter(({ source }) => source !== 'auto').map((tag) => tag.name_folded));
  const words = (text: string | null): string => indexedWords(text ?? '').join(' ');
  const named = (auto: boolean): string => {
    const names = new Map(
      tags.filter((tag) => !written.has(tag.name_folded) === auto).map((tag) => [tag.name_folded, tag.name]),
    );
    return [...names.values()].map(words).join(BOUNDARY);
  };
  const others = ((await artistsBySound(sql, [key])).get(key) ?? []).filter((name) => !row.artist?.includes(name));
  const columns: Record<Field, string> = {
    title: words(row.title),
    tags: named(false),
    filename: words(stemOf(row.filename)),
    artist: words([row.artist, ...others].join(BOUNDARY)),
    genre: words(row.genre),
    album: words(row.album),
    auto_tags: named(true),
    description: words(row.description),
    notes: notes.map(({ text }) => words(text)).join(BOUNDARY),
  };
  await sql.dialect.words.put(sql, key, columns);
}

/** What a sound is sorted by when the title is asked for: its title, else its file name. */
export const titleFolded = (title: string | null, filename: string): string => fold(title ?? stemOf(filename));

/** What a sound is called and how it goes, as its columns have it. */
export type Metadata = Pick<
  SoundRow,
  | 'filename'
  | 'title'
  | 'artist'
  | 'album'
  | 'genre'
  | 'description'
  | 'author'
  | 'licence'
  | 'bpm'
  | 'bpm_source'
  | 'bpm_confidence'
  | 'key'
  | 'key_source'
  | 'key_confidence'
>;

/**
 * Writes names, description, author, licence, tempo and key together with what is derived from them.
 * @param artists each of the artists anew; without it they stay as they are
 */
export async function writeMetadata(
  { db }: Sql,
  key: SoundKey,
  { filename, ...written }: Metadata,
  artists?: readonly string[],
): Promise<void> {
  const folded = (text: string | null): string | null => (text === null ? null : fold(text));
  const { album_artist: albumArtist } = await db
    .selectFrom('sounds')
    .select('album_artist')
    .where('sound_key', '=', key)
    .executeTakeFirstOrThrow();
  await db
    .updateTable('sounds')
    .set({
      ...written,
      title_folded: titleFolded(written.title, filename),
      artist_folded: folded(written.artist),
      genre_folded: folded(written.genre),
      author_folded: folded(written.author),
      licence_folded: folded(written.licence),
      key_folded: folded(written.key),
      album_key: albumKey(written.album, albumArtist, fold),
    })
    .where('sound_key', '=', key)
    .execute();
  if (!artists) return;
  await db.deleteFrom('sound_artists').where('sound_key', '=', key).execute();
  const rows = artists.map((name, position) => ({ sound_key: key, position, name, name_folded: fold(name) }));
  if (rows.length > 0) await db.insertInto('sound_artists').values(rows).execute();
}
