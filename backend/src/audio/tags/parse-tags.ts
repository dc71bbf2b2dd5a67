import { open } from 'node:fs/promises';
import { parseBuffer, parseFromTokenizer, type IAudioMetadata, type ICommonTagsResult } from 'music-metadata';
import { fromFile } from 'strtok3';

/** More than tags with a large cover picture take. */
const MAX_READ_BYTES = 16 * 1024 * 1024;
/** No file that people made says more; one that was made to cost time says hundreds of thousands of things. */
const MAX_TAGS = 2_000;
/** What is looked at of one text, before it is cleaned. */
export const MAX_RAW = 8_000;

/** Which kind of tags counts where a file has several. */
const PRIORITY = ['matroska', 'APEv2', 'vorbis', 'ID3v2.4', 'ID3v2.3', 'ID3v2.2', 'asf', 'iTunes', 'ID3v1', 'ffprobe'];
/** Read from the chunks themselves instead: here they have lost their encoding. */
const CHUNK_TYPES = ['exif', 'AIFF'];
/** What formats put before names that people gave. */
const PREFIX = /^(?:TXXX:|----:[^:]*:|(?:track|album|segment|edition):|WM\/)/i;
/** Remarks of programs to themselves. */
export const NO_REMARK = /^iTun|^Songs-DB|^Processed by SoX|^Lavf|^[0-9a-f ]{16,}$/i;

export interface OwnTag {
  type: string;
  /** In lower case, without {@link PREFIX}. */
  name: string;
  texts: string[];
}

type Common = 'title' | 'artist' | 'album' | 'albumartist' | 'genre' | 'keywords' | 'mood' | 'grouping' | 'category';
export type CommonTags = { [K in Common]?: ICommonTagsResult[K] | undefined };

/** Where it belongs in an album. */
export interface AlbumTags {
  albumartist: string | undefined;
  disc: number | null;
  track: number | null;
  /** The bytes of the front cover, else of the first picture. */
  picture: Uint8Array | null;
}

export interface ParsedTags {
  container: string;
  own: OwnTag[];
  common: CommonTags;
  album: AlbumTags;
}

/**
 * What music-metadata reads of a file, as far as we use it.
 * @param id3Bytes where the file proper begins behind an ID3 tag that some program put there: only that tag is read then
 */
export async function parseTags(path: string, id3Bytes: number): Promise<ParsedTags> {
  if (id3Bytes > 0) return told(await parseId3(path, id3Bytes));
  // A picture that is larger than what is read at once must not take the words along.
  return told(await parse(path, false).catch(() => parse(path, true)));
}

async function parse(path: string, skipCovers: boolean): Promise<IAudioMetadata> {
  // A header may claim tags of any size: without the limit one small file costs the worker its memory.
  const file = await fromFile(path, { maxBufferSize: MAX_READ_BYTES });
  try {
    return await parseFromTokenizer(file, { skipCovers, duration: false });
  } finally {
    await file.close();
  }
}

async function parseId3(path: string, length: number): Promise<IAudioMetadata> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(Math.min(length, MAX_READ_BYTES));
    await file.read(bytes, 0, bytes.length, 0);
    return await parseBuffer(bytes, 'audio/mpeg', { duration: false });
  } finally {
    await file.close();
  }
}

function told(parsed: IAudioMetadata): ParsedTags {
  const { title, artist, album, albumartist, genre, keywords, mood, grouping, category, disk, track, picture } =
    parsed.common;
  const front = picture?.find(({ type = '' }) => /front/i.test(type)) ?? picture?.[0];
  return {
    container: parsed.format.container ?? '',
    own: ownTags(parsed),
    common: {
      title,
      artist,
      album,
      albumartist,
      genre: genre?.slice(0, MAX_TAGS),
      keywords: keywords?.slice(0, MAX_TAGS),
      mood,
      grouping,
      category: category?.slice(0, MAX_TAGS),
    },
    album: { albumartist, disc: disk.no, track: track.no, picture: front ? Uint8Array.from(front.data) : null },
  };
}

export const nameOf = (id: string): string => id.replace(PREFIX, '').toLowerCase();

function ownTags({ native, quality }: IAudioMetadata): OwnTag[] {
  const byNull = new Set(
    quality.warnings.flatMap(({ message }) => / (\w+) uses non standard null/.exec(message)?.[1] ?? []),
  );
  return Object.entries(native)
    .filter(([type]) => !CHUNK_TYPES.includes(type))
    .flatMap(([type, tags]) => {
      const names = new Map<string, OwnTag>();
      for (const { id, value } of tags.slice(0, MAX_TAGS)) {
        const tag = names.get(id) ?? { type, name: nameOf(id), texts: [] };
        tag.texts.push(...textsOf(value));
        names.set(id, tag);
      }
      // The library parts names of artists at each slash, as ID3v2.3 has it: AC/DC is one.
      const parted = (id: string): boolean =>
        /^ID3v2\.[23]$/.test(type) && /^(?:TPE1|TP1|TXXX)/.test(id) && !byNull.has(id);
      return [...names].map(([id, tag]) => (parted(id) ? { ...tag, texts: [tag.texts.join('/')] } : tag));
    })
    .sort((a, b) => PRIORITY.indexOf(a.type) - PRIORITY.indexOf(b.type));
}

/** The texts of one value: a text, a number, an address, or a remark with a language. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.slice(0, MAX_RAW).split('\0');
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  if ('url' in value) return textsOf(value.url);
  if (!('text' in value)) return [];
  const { text, descriptor } = value as { text: unknown; descriptor?: unknown };
  return typeof descriptor === 'string' && NO_REMARK.test(descriptor) ? [] : textsOf(text);
}
