import ffmpeg from 'fluent-ffmpeg';
import { inputUrl, SAFE_INPUT_OPTIONS } from './formats.js';

/**
 * The ffmpeg arguments that decode the first audio track to mono 32-bit floats on standard output; pictures, video, subtitles and
 * metadata are left out.
 * @param part only these seconds
 * @param mixChannels when given, averages exactly this many channels; needed for channel counts that have no standard layout
 */
export function decodeArguments(
  path: string,
  sampleRateHz: number,
  { mixChannels, part }: { mixChannels?: number | undefined; part?: { startS: number; endS: number } | undefined } = {},
): string[] {
  const command = ffmpeg(inputUrl(path))
    .inputOptions([
      ...SAFE_INPUT_OPTIONS,
      '-nostdin',
      ...(part ? ['-ss', part.startS.toFixed(3), '-t', (part.endS - part.startS).toFixed(3)] : []),
    ])
    .noVideo()
    .outputOptions(['-sn', '-dn', '-map', '0:a:0', '-map_metadata', '-1', '-threads', '1', '-filter_threads', '1'])
    .audioCodec('pcm_f32le')
    .audioFrequency(sampleRateHz)
    .format('f32le')
    .output('pipe:1');
  // Without a limit the mixer raises stereo by 3 dB, and more for more channels, so that loud recordings would clip.
  if (mixChannels === undefined) command.audioFilters(`aresample=${sampleRateHz}:rematrix_maxval=1`).audioChannels(1);
  else command.audioFilters(averageFilter(mixChannels));
  return argumentsOf(command);
}

const averageFilter = (channels: number): string =>
  `pan=mono|c0=${Array.from({ length: channels }, (_, channel) => `${1 / channels}*c${channel}`).join('+')}`;

/**
 * fluent-ffmpeg builds the command and we run it: its own runner throws inside an event handler when ffmpeg is missing or cannot be
 * started (which ends the whole process), asks ffmpeg for its capabilities first, and cannot be stopped before it has started. The
 * builder's method has no public name; the library is finished and archived, so it stays. See docs/adr.
 */
function argumentsOf(command: ffmpeg.FfmpegCommand): string[] {
  return (command as unknown as { _getArguments(): (string | number)[] })._getArguments().map(String);
}
