import type { Entry } from './extent/index.js';

/**
 * The demuxers that ffmpeg and ffprobe may use. Everything else is refused, above all the formats that read other files or the
 * network when opened: playlists (HLS, concat, DASH, SDP), image sequences, subtitles and scripts.
 */
const DEMUXERS = [
  'wav',
  'w64',
  'flac',
  'mp3',
  'ogg',
  'mov',
  'aac',
  'aiff',
  'asf',
  'matroska',
  'caf',
  'au',
  'wv',
  'ac3',
  'eac3',
];

/** Options that go before `-i`: only local files, only {@link DEMUXERS}, no waiting for a keyboard. */
export const SAFE_INPUT_OPTIONS = safeOptions('file');
/** The same for {@link piecesUrl}. */
export const SAFE_PIECES_OPTIONS = safeOptions('file,subfile,concat');

function safeOptions(protocols: string): readonly string[] {
  return ['-v', 'error', '-protocol_whitelist', protocols, '-format_whitelist', DEMUXERS.join(',')];
}

/** Options that go before `-i` as well. */
export const entryOptions = (entry: Entry | null, { inPieces = false } = {}): string[] =>
  entry === null
    ? []
    : [
        ...(entry.demuxer ? ['-f', entry.demuxer] : []),
        ...(inPieces ? [] : ['-skip_initial_bytes', String(entry.skipBytes)]),
      ];

/** The `file:` prefix keeps a name that looks like a URL or an option from being taken for one. */
export const inputUrl = (path: string): string => `file:${path}`;

/**
 * Some stretches of a file as if they were one.
 * @returns null where the name of the file cannot be written so
 */
export const piecesUrl = (path: string, pieces: readonly (readonly [from: number, to: number])[]): string | null =>
  path.includes('|')
    ? null
    : `concat:${pieces.map(([from, to]) => `subfile,,start,${from},end,${to},,:${inputUrl(path)}`).join('|')}`;

export const SUPPORTED_FORMATS = 'WAV, FLAC, MP3, OGG, Opus, M4A, AAC, AIFF, WMA, CAF, AU, WavPack, AC-3, MP4, WebM';

/** More is never a recording; ffmpeg's mixer takes no more either. */
export const MAX_CHANNELS = 64;
/** Lower is no sound, and costs a hundred times its size to bring to a rate that is. */
export const MIN_SAMPLE_RATE_HZ = 1_000;
export const MAX_SAMPLE_RATE_HZ = 768_000;
