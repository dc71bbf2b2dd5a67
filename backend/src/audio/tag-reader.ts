import { parseFromTokenizer, type IAudioMetadata } from 'music-metadata';
import { fromFile } from 'strtok3';
import type { TagReader } from '../domain/ingest/ingest.ports.js';
import type { FileTags } from '../domain/library/library.types.js';
import { parseKey } from '../domain/library/musical-key.js';

const TIMEOUT_MS = 10_000;
/** More than tags with a large cover picture take. */
const MAX_READ_BYTES = 16 * 1024 * 1024;
const MAX_TEXT = 300;
const MAX_KEYWORDS = 24;
const MAX_KEYWORD = 60;
// Control characters, and marks that reverse the direction of text or take no room: nothing a name needs.
const INVISIBLE = /[\p{Cc}\p{Cs}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd]+/gu;

const LINK = /\b(https?:\/\/|www\.)\S+/gi;
/** Tags in which people and programs (ffmpeg among them) write words, and which have no common name. */
const WORDS = /^(TXXX:)?(keywords|tags|mood|ikey|isbj)$/i;
const COMMENT = /^(TXXX:)?comments?$/i;
const MAX_WORDS_OF_KEYWORD = 4;

const KEY = /^(TXXX:)?(initialkey|initial_key|key)$/i;
const BPM = /^(TXXX:)?(bpm|tempo)$/i;

const NO_TAGS: FileTags = { title: null, artist: null, album: null, genre: null, bpm: null, key: null, keywords: [] };

/** Reads tags with music-metadata (ID3, Vorbis, MP4, ASF, RIFF and AIFF). Pictures are skipped; texts are cleaned and limited. */
export class MusicMetadataTagReader implements TagReader {
  constructor(private readonly options: { timeoutMs?: number } = {}) {}

  async read(path: string): Promise<FileTags> {
    try {
      const abortSignal = AbortSignal.timeout(this.options.timeoutMs ?? TIMEOUT_MS);
      // A header may claim tags of any size: without the limit one small file costs the worker its memory.
      const file = await fromFile(path, { abortSignal, maxBufferSize: MAX_READ_BYTES });
      try {
        return fromMetadata(await parseFromTokenizer(file, { skipCovers: true, duration: false }));
      } finally {
        await file.close();
      }
    } catch {
      return { ...NO_TAGS };
    }
  }
}

function fromMetadata({ common, native }: IAudioMetadata): FileTags {
  const own = Object.values(native).flat();
  const ownValue = (name: RegExp): unknown => own.find((tag) => name.test(tag.id))?.value;
  const genres = (common.genre ?? []).flatMap((genre) => split(genre));
  return {
    title: text(common.title),
    artist: text(common.artist ?? common.artists?.join(', ') ?? common.albumartist),
    album: text(common.album),
    genre: text(genres[0]),
    bpm: tempo(common.bpm ?? ownValue(BPM)),
    key: parseKey(text(common.key ?? ownValue(KEY), 20) ?? ''),
    keywords: keywords([
      ...genres.slice(1),
      ...(common.keywords ?? []),
      common.mood,
      common.grouping,
      ...(common.category ?? []),
      ...[
        ...(common.comment ?? []).map((comment) => comment.text),
        ...(common.description ?? []),
        ...own.filter((tag) => COMMENT.test(tag.id)).map((tag) => tag.value),
      ].filter(isList),
      ...own.filter((tag) => WORDS.test(tag.id)).map((tag) => tag.value),
    ]),
  };
}

/** One clean line, or null when nothing is left. */
function text(value: unknown, limit = MAX_TEXT): string | null {
  if (typeof value !== 'string') return null;
  const clean = value
    .slice(0, limit * 4)
    .replace(INVISIBLE, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return clean === '' ? null : [...clean].slice(0, limit).join('').trim();
}

function tempo(value: unknown): number | null {
  const bpm = Number(value);
  return Number.isFinite(bpm) && bpm >= 10 && bpm <= 999 ? Math.round(bpm * 100) / 100 : null;
}

const split = (value: unknown): string[] =>
  typeof value === 'string'
    ? value
        .slice(0, 4000)
        .replace(LINK, ' ')
        .split(/[,;|/\n\r\0]+/)
    : [];

/** Whether a comment lists words ("dark, warehouse loop"). Any other is a remark, often a program's ("Processed by SoX"). */
function isList(comment: unknown): boolean {
  const parts = split(comment).flatMap((part) => text(part) ?? []);
  return parts.length > 1 && parts.every((part) => part.split(' ').length <= MAX_WORDS_OF_KEYWORD);
}

/** Short words and phrases, each once. Sentences, links and encoder data (`iTunSMPB`, hex dumps) are no keywords. */
function keywords(values: readonly unknown[]): string[] {
  const found = new Map<string, string>();
  for (const part of values.flatMap(split)) {
    const word = text(part, MAX_KEYWORD + 1);
    if (word === null || word.length < 2 || word.length > MAX_KEYWORD) continue;
    if (!/\p{L}{2}/u.test(word) || /^[0-9a-f ]{16,}$|^iTun/i.test(word)) continue;
    const lower = word.toLowerCase();
    if (!found.has(lower)) found.set(lower, word);
    if (found.size === MAX_KEYWORDS) break;
  }
  return [...found.values()];
}
