import { open } from 'node:fs/promises';
import { DomainError } from '../../domain/errors.js';
import type { ReadTags, TagReader } from '../../domain/ingest/ingest.ports.js';
import { NO_TAGS } from '../../domain/ingest/telling.js';
import { artistsOf, artistText } from '../../domain/library/artists.js';
import { cleanLine, cleanParagraphs } from '../../domain/library/clean-text.js';
import { licenceName } from '../../domain/library/licence.js';
import type { Chapter } from '../../domain/library/library.types.js';
import { recordedOf } from '../../domain/library/recorded.js';
import { parseKey } from '../../domain/library/musical-key.js';
import { MediaPrograms } from '../media-process.js';
import { readChunkTags, type ChunkTags } from './chunks.js';
import { readChapters } from './ffprobe-chapters.js';
import { isMp3WithoutChapters } from './id3-chapters.js';
import { notInTime } from './ffprobe-report.js';
import { readFfprobeTags } from './ffprobe-tags.js';
import { keywordsOf, listedIn } from './keywords.js';
import { mendingOf } from './legacy-text.js';
import {
  MAX_RAW,
  nameOf,
  NO_REMARK,
  type AlbumTags,
  type CommonTags,
  type OwnTag,
  type ParsedTags,
} from './parse-tags.js';
import { TagThread } from './tag-thread.js';

/** How long each try may take. The second one is for a machine that is too busy for the first. */
const PATIENCE_MS = [10_000, 60_000];
/** What the system says when it has run out of something, or a disk was slow to answer. */
const SHORTAGES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EIO']);
const MAX_TEXT = 300;
const MAX_DESCRIPTION = 2_000;

const TITLE = /^(?:tit2|tt2|title)$/;
const ALBUM = /^(?:talb|tal|album)$/;
const GENRE = /^(?:tcon|tco|genre)$/;
const ARTIST = /^(?:tpe1|tp1|artist|author|©art)$/;
const ARTISTS = /^artists$/;
const KEY = /^(?:tkey|tke|key|initial[ _]?key|musical[ _]?key|key signature)$/;
const BPM = /^(?:tbpm|tbp|bpm|tmpo|tempo|beatsperminute)$/;
const REMARK = /^(?:comm(?::.*)?|com(?::.*)?|comments?|©cmt|description|desc|ldes|tdes|synopsis|notes?)$/;
const AUTHOR = /^(?:tcom|tcm|composer|©wrt)$/;
const LICENCE = /^(?:licen[cs]e|wcop|wcp|user|terms[ _]of[ _]use)$/;
/** Said of the recording, of the first edition, and of whatever edition this is: the nearest to the recording counts. */
const RECORDED = [
  /^(?:recorded(?:[ _]?(?:date|on|at))?|recording[ _]?(?:date|time)|date[ _]?recorded|com\.apple\.quicktime\.creationdate)$/,
  /^(?:tdor|tory|tor|original[ _]?(?:release[ _]?)?(?:date|year))$/,
  /^(?:tdrc|tyer|tye|date|year|©day|date[ _]?released)$/,
] as const;
const COPYRIGHT = /^(?:tcop|tcr|copyright|©cpy|cprt)$/;
/** Tags in which people and programs (ffmpeg among them) write words, and which have no common name. */
const WORDS = /^(?:keywords|tags|mood|ikey|isbj)$/;
/** Names of QuickTime files may stand in a list (`mdta`) that music-metadata does not read: then it finds none of these. */
const QUICKTIME = /mp4|m4a|isom|qt/i;
const TELLING = /nam$|art$|initialkey|bpm|tmpo/;

/** All that is known of a file's tags before it is brought to one form. */
interface Findings {
  own: OwnTag[];
  common: CommonTags;
  album: AlbumTags | null;
  chunks: ChunkTags | null;
}

/**
 * Reads tags: with music-metadata (ID3, Vorbis, APE, MP4, ASF, Matroska), from the chunks of WAV and AIFF, and with ffprobe
 * where neither knows the format. Texts are brought to Unicode, cleaned and limited; a picture is left as it is.
 */
export class FileTagReader implements TagReader {
  private readonly programs: MediaPrograms;
  private readonly thread = new TagThread();

  constructor(private readonly options: { patienceMs?: readonly number[]; programs?: MediaPrograms } = {}) {
    this.programs = options.programs ?? new MediaPrograms();
  }

  read(path: string): Promise<ReadTags> {
    return this.patiently({ ...NO_TAGS }, async (timeoutMs) => toFileTags(await this.find(path, timeoutMs)));
  }

  chapters(path: string): Promise<Chapter[]> {
    return this.patiently<Chapter[]>([], async (timeoutMs) =>
      (await isMp3WithoutChapters(path)) ? [] : readChapters(this.programs, path, timeoutMs),
    );
  }

  /** A file that cannot be read has `none`. What the machine could not do is tried once more, and then no answer. */
  private async patiently<T>(none: T, look: (timeoutMs: number) => Promise<T>): Promise<T> {
    let failure: unknown;
    for (const timeoutMs of this.options.patienceMs ?? PATIENCE_MS) {
      try {
        return await look(timeoutMs);
      } catch (error) {
        if (!isPassing(error)) return none;
        failure = error;
      }
    }
    throw failure instanceof DomainError ? failure : notInTime(failure);
  }

  private async find(path: string, timeoutMs: number): Promise<Findings> {
    let album: Findings['album'];
    const file = await open(path);
    try {
      const found = await readChunkTags(file).catch(nullUnlessPassing);
      const parsed = await this.parsed(path, found, timeoutMs).catch(nullUnlessPassing);
      const own = parsed?.own ?? [];
      album = parsed?.album ?? null;
      if (found) return { own, common: {}, album, chunks: found.tags };
      if (parsed && (own.some(({ name }) => TELLING.test(name)) || !QUICKTIME.test(parsed.container))) {
        return { own, common: parsed.common, album, chunks: null };
      }
    } finally {
      await file.close();
    }
    const probed = await readFfprobeTags(this.programs, path, timeoutMs);
    return {
      own: probed.map(({ id, value }) => ({ type: 'ffprobe', name: nameOf(id), texts: [value.slice(0, MAX_RAW)] })),
      common: {},
      album,
      chunks: null,
    };
  }

  private async parsed(
    path: string,
    chunks: { start: number; crowded: boolean } | null,
    timeoutMs: number,
  ): Promise<ParsedTags | null> {
    const id3Bytes = chunks?.start ?? 0;
    // The library follows every chunk, each in its own time: seconds for a small file made of empty ones.
    if (chunks?.crowded && id3Bytes === 0) return null;
    return this.thread.parse({ path, id3Bytes }, timeoutMs);
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof DomainError
    ? error.transient
    : error instanceof Error && 'code' in error && SHORTAGES.has(error.code);

function nullUnlessPassing(error: unknown): null {
  if (isPassing(error)) throw error;
  return null;
}

async function toFileTags({ own, common, album, chunks }: Findings): Promise<ReadTags> {
  const named = (name: RegExp): string[] => own.filter((tag) => name.test(tag.name)).flatMap(({ texts }) => texts);
  const mend = await mendingOf([
    ...own.flatMap(({ texts }) => texts),
    ...textsOfChunks(chunks),
    ...textsOfCommon(common),
  ]);
  const line = (text: string | undefined): string | null => oneLine(mend, text);
  const lines = (texts: readonly string[]): string[] => [...new Set(texts.flatMap((text) => line(text) ?? []))];

  const artistTag = own.find(({ name, texts }) => ARTIST.test(name) && lines(texts).length > 0);
  const artists = lines(artistTag?.texts ?? [chunks?.artist ?? common.artist ?? common.albumartist ?? '']);
  const listed = lines(named(ARTISTS)).flatMap((name) => artistsOf(name));
  const genres = (common.genre ?? named(GENRE)).concat(chunks?.genre ?? []).flatMap((genre) => listedIn(mend(genre)));
  const remarks = [...(chunks?.remarks ?? []), ...named(REMARK)].map(mend);
  return {
    title: line(common.title ?? named(TITLE)[0] ?? chunks?.title),
    artist: artistText(artists),
    artists: listed.length > 0 ? listed : artists.flatMap((name) => artistsOf(name)),
    album: line(common.album ?? named(ALBUM)[0] ?? chunks?.album),
    genre: oneLine((text) => text, genres[0]),
    bpm: tempoOf([...named(BPM), ...(chunks?.bpm === undefined ? [] : [String(chunks.bpm)])]),
    key: named(KEY).reduce<string | null>((found, text) => found ?? parseKey(text), null),
    description: descriptionOf(remarks),
    author: lines([...named(AUTHOR), ...(chunks?.authors ?? [])])[0] ?? null,
    licence: lines([...named(LICENCE), ...named(COPYRIGHT), chunks?.copyright ?? '']).map(licenceName)[0] ?? null,
    albumArtist: line(album?.albumartist),
    disc: counted(album?.disc),
    track: counted(album?.track),
    recorded: recordedIn([
      ...named(RECORDED[0]),
      ...(chunks?.recorded ?? []),
      ...named(RECORDED[1]),
      ...named(RECORDED[2]),
      chunks?.date ?? '',
    ]),
    picture: album?.picture ?? null,
    keywords: keywordsOf({
      lists: [
        ...genres.slice(1),
        ...[...(common.keywords ?? []), common.mood ?? '', common.grouping ?? '', ...(common.category ?? [])].map(mend),
        ...named(WORDS).map(mend),
      ],
      remarks,
    }),
  };
}

const textsOfChunks = (chunks: ChunkTags | null): string[] =>
  chunks
    ? [
        ...[chunks.title, chunks.artist, chunks.album, chunks.genre, chunks.copyright],
        ...chunks.authors,
        ...chunks.remarks,
      ].filter((text) => text !== undefined)
    : [];

const textsOfCommon = ({ title, album, genre = [] }: CommonTags): string[] =>
  [title, album, ...genre].filter((text) => typeof text === 'string').map((text) => text.slice(0, MAX_RAW));

function oneLine(mend: (text: string) => string, text: string | undefined): string | null {
  if (typeof text !== 'string') return null;
  const clean = cleanLine(mend(text.slice(0, MAX_RAW)));
  return [...clean].slice(0, MAX_TEXT).join('').trim() || null;
}

/** The first date. */
const recordedIn = (texts: readonly string[]): string | null =>
  texts.flatMap((text) => recordedOf(text) ?? [])[0] ?? null;

const MOST_TRACKS = 9_999;
const counted = (number: number | null | undefined): number | null =>
  Number.isInteger(number) && number! >= 1 && number! <= MOST_TRACKS ? number! : null;

/** The first tempo; of one that was rounded for the place where it stands, the exact one. */
function tempoOf(texts: readonly string[]): number | null {
  const tempos = texts.flatMap((text) => {
    const digits = /^\s*(\d{1,3}(?:[.,]\d+)?)\s*(?:bpm)?\s*$/i.exec(text)?.[1];
    const bpm = digits === undefined ? NaN : Math.round(Number(digits.replace(',', '.')) * 100) / 100;
    return bpm >= 10 && bpm <= 999 ? [bpm] : [];
  });
  const [first] = tempos;
  if (first === undefined) return null;
  return tempos.find((bpm) => !Number.isInteger(bpm) && Math.abs(bpm - first) <= 1) ?? first;
}

/** Each remark once; one that was cut short (ID3v1 holds 30 characters) only in full. */
function descriptionOf(remarks: readonly string[]): string | null {
  const texts = [...new Set(remarks.map(cleanParagraphs))].filter((text) => text !== '' && !NO_REMARK.test(text));
  const whole = texts.filter((text) => !texts.some((other) => other !== text && other.startsWith(text)));
  return [...whole.join('\n')].slice(0, MAX_DESCRIPTION).join('').trim() || null;
}
