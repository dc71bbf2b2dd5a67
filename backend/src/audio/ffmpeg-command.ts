import ffmpeg from 'fluent-ffmpeg';
import type { Entry, Piece } from './extent/index.js';
import { entryOptions, inputUrl, piecesUrl, SAFE_INPUT_OPTIONS, SAFE_PIECES_OPTIONS } from './formats.js';

/**
 * The channels that come out: each of them a sum of those of the file; or those of the file, wherever they stand in the room; or
 * (`folded`) such as ffmpeg makes of any layout, no louder than full scale can hold.
 */
export type Mix = { sums: readonly (readonly number[])[] } | { channels: 1 | 2; gain: number; folded: boolean };

export interface DecodeArguments {
  sampleRateHz: number;
  /** Which of the audio tracks, from 0. */
  track: number;
  /** Without, all channels come out as they are. */
  mix?: Mix | null | undefined;
  /** Only these seconds. */
  part?: { startS: number; endS: number } | undefined;
  /** The decoder to use where ffmpeg would choose a wrong one. */
  codec?: string | null | undefined;
  /** Only these stretches of the file. */
  pieces?: readonly Piece[] | null | undefined;
  /** Where to begin reading, and as what. */
  entry?: Entry | null | undefined;
}

/**
 * The ffmpeg arguments that decode one audio track to 32-bit floats on standard output: bare samples of what is mixed, or a WAV of
 * unknown length, whose header tells the number of channels. Pictures, video, subtitles and metadata are left out.
 */
export function decodeArguments(
  path: string,
  { sampleRateHz, track, mix, part, codec, pieces, entry = null }: DecodeArguments,
): string[] {
  const mended = pieces ? piecesUrl(path, pieces) : null;
  const command = ffmpeg(mended ?? inputUrl(path))
    .inputOptions([
      ...(mended ? SAFE_PIECES_OPTIONS : SAFE_INPUT_OPTIONS),
      // Each packet that cannot be decoded is told of, in a line of its own.
      ...['-v', 'repeat+error', '-err_detect', 'crccheck', '-nostdin'],
      ...entryOptions(entry, { inPieces: mended !== null }),
      ...(codec ? ['-c:a', codec] : []),
      ...(part ? ['-ss', part.startS.toFixed(3), '-t', (part.endS - part.startS).toFixed(3)] : []),
    ])
    .noVideo()
    .outputOptions(['-sn', '-dn', '-map', `0:a:${track}`, '-map_metadata', '-1', '-bitexact'])
    .outputOptions(['-threads', '1', '-filter_threads', '1'])
    // Not a write for each packet: five times as many pieces cost who reads them a quarter more.
    .outputOptions(['-flush_packets', '0'])
    .audioCodec('pcm_f32le')
    .audioFrequency(sampleRateHz)
    .format(mix ? 'f32le' : 'wav')
    .output('pipe:1');
  if (mix) command.audioFilters('sums' in mix ? ['aformat=sample_fmts=fltp', sumFilter(mix.sums)] : keptFilters(mix));
  return argumentsOf(command);
}

/** For one sum it does what `mixFrames` does. */
const sumFilter = (sums: readonly (readonly number[])[]): string =>
  [`pan=${layoutOf(sums.length)}`, ...sums.map((weights, at) => `c${at}=${sumOf(weights)}`)].join('|');

const sumOf = (weights: readonly number[]): string =>
  weights.map((weight, channel) => `${weight}*c${channel}`).join('+');

const keptFilters = ({ channels, gain, folded }: { channels: number; gain: number; folded: boolean }): string[] => [
  ...(folded ? ['aresample=rematrix_maxval=1'] : []),
  `aformat=sample_fmts=flt${folded ? `:channel_layouts=${layoutOf(channels)}` : ''}`,
  `volume=${gain}:precision=float`,
];

const layoutOf = (channels: number): string => (channels === 1 ? 'mono' : 'stereo');

/**
 * fluent-ffmpeg builds the command and we run it: its own runner throws inside an event handler when ffmpeg is missing or cannot be
 * started (which ends the whole process), asks ffmpeg for its capabilities first, and cannot be stopped before it has started. The
 * builder's method has no public name; the library is finished and archived, so it stays. See docs/adr.
 */
function argumentsOf(command: ffmpeg.FfmpegCommand): string[] {
  return (command as unknown as { _getArguments(): (string | number)[] })._getArguments().map(String);
}
