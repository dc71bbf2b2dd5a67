import { open, stat } from 'node:fs/promises';
import { z } from 'zod';
import { DomainError } from '../domain/errors.js';
import type { AudioProbe } from '../domain/ingest/ingest.ports.js';
import type { AudioFacts } from '../domain/library/library.types.js';
import { formatHours } from './ffmpeg-decoder.js';
import {
  inputUrl,
  MAX_CHANNELS,
  MAX_SAMPLE_RATE_HZ,
  MIN_SAMPLE_RATE_HZ,
  SAFE_INPUT_OPTIONS,
  SUPPORTED_FORMATS,
} from './formats.js';
import { MediaPrograms } from './media-process.js';
import { describeNonAudio } from './sniff.js';
import { readWavExtent } from './wav-header.js';

const TIMEOUT_MS = 15_000;
const OUTPUT_LIMIT = 256 * 1024;
/** Packets decoded on trial: codecs may need several before the first samples come out. */
const TRIAL_PACKETS = 32;
/** Below this, ffprobe guessed from a few bytes that occur by chance in any file: only decoded audio proves it then. */
const TRUSTED_PROBE_SCORE = 51;
const TRIAL_FRAMES = 3;

const numeric = z.coerce.number().positive().finite().optional().catch(undefined);
const report = z.object({
  format: z
    .object({ format_name: z.string(), duration: numeric, bit_rate: numeric, probe_score: z.number() })
    .optional(),
  streams: z
    .array(
      z.object({
        codec_name: z.string().optional(),
        sample_rate: numeric,
        channels: z.number().optional(),
        duration: numeric,
        bit_rate: numeric,
      }),
    )
    .default([]),
  frames: z.array(z.object({ nb_samples: z.number().optional() })).default([]),
});

/** Reads what a file is with ffprobe, decoding its first packets on trial. */
export class FfmpegProbe implements AudioProbe {
  private readonly programs: MediaPrograms;

  constructor(private readonly options: { maxDurationS: number; timeoutMs?: number; programs?: MediaPrograms }) {
    this.programs = options.programs ?? new MediaPrograms();
  }

  async probe(path: string, signal?: AbortSignal): Promise<AudioFacts> {
    const { size } = await stat(path).catch((cause: unknown) => {
      throw new DomainError('not_found', 'The file of this sound is missing from the storage. Upload it again.', {
        cause,
      });
    });
    if (size === 0) throw new DomainError('unreadable_media', 'The file is empty.');

    const { output, stderr } = await this.ffprobe(path, size, signal);
    const { format, streams, frames } = report.parse(output);
    if (!format) throw await this.notAudio(path, stderr);
    const [stream] = streams;
    if (!stream) throw new DomainError('no_audio', 'The file has no audio track.');

    const decoded = frames.filter((frame) => (frame.nb_samples ?? 0) > 0).length;
    if (format.probe_score < TRUSTED_PROBE_SCORE && decoded < TRIAL_FRAMES) throw await this.notAudio(path, stderr);
    const { sample_rate: sampleRateHz, channels } = stream;
    if (
      !sampleRateHz ||
      sampleRateHz < MIN_SAMPLE_RATE_HZ ||
      sampleRateHz > MAX_SAMPLE_RATE_HZ ||
      !channels ||
      channels > MAX_CHANNELS
    ) {
      throw new DomainError(
        'unreadable_media',
        `The file's header is damaged or unusual: sample rates from ${MIN_SAMPLE_RATE_HZ / 1000} to ${MAX_SAMPLE_RATE_HZ / 1000} kHz and up to ${MAX_CHANNELS} channels can be read.`,
      );
    }
    if (decoded === 0) throw new DomainError('unreadable_media', 'The file is damaged: no audio in it can be decoded.');
    await this.refuseCutOff(path);

    const codec = stream.codec_name ?? null;
    const bitRate = stream.bit_rate ?? format.bit_rate ?? null;
    const durationS = plausibleDuration(stream.duration ?? format.duration ?? null, codec, bitRate, size);
    const { maxDurationS } = this.options;
    if (durationS !== null && durationS > maxDurationS) {
      throw new DomainError(
        'too_long',
        `The sound is ${formatHours(durationS)} long, more than the limit of ${formatHours(maxDurationS)}. Split it, or raise MAX_DURATION_H.`,
      );
    }
    return {
      durationS,
      sampleRateHz,
      channels,
      codec,
      bitRateKbps: bitRate === null ? null : Math.round(bitRate / 1000),
    };
  }

  private async ffprobe(
    path: string,
    fileBytes: number,
    signal: AbortSignal | undefined,
  ): Promise<{ output: unknown; stderr: string }> {
    const args = [
      ...SAFE_INPUT_OPTIONS,
      ...['-probesize', '8M', '-analyzeduration', '10M', '-print_format', 'json', '-select_streams', 'a:0'],
      ...['-read_intervals', `%+#${TRIAL_PACKETS}`],
      '-show_entries',
      'format=format_name,duration,bit_rate,probe_score:stream=codec_name,sample_rate,channels,duration,bit_rate:frame=nb_samples',
      ...['-i', inputUrl(path)],
    ];
    const timeoutMs = this.options.timeoutMs ?? TIMEOUT_MS;
    const process = await this.programs.start('ffprobe', args, { cpuS: timeoutMs / 1000, fileBytes, signal });
    const abort = (): void => process.kill();
    signal?.addEventListener('abort', abort, { once: true });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      process.kill();
    }, timeoutMs);
    let text = '';
    try {
      process.stdout.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (text.length > OUTPUT_LIMIT) process.kill();
      });
      const end = await process.ended;
      if (signal?.aborted) throw new DomainError('cancelled', 'Reading the file was cancelled.');
      if (timedOut) throw new DomainError('unreadable_media', 'Reading the file took too long. It may be damaged.');
      if (end.signal !== null) throw new DomainError('unreadable_media', 'The file is damaged: reading it failed.');
    } finally {
      signal?.removeEventListener('abort', abort);
      clearTimeout(timer);
    }
    try {
      return { output: JSON.parse(text) as unknown, stderr: process.stderr() };
    } catch {
      return { output: {}, stderr: process.stderr() };
    }
  }

  /** A copy that broke off is refused at once, while the person still has the original. */
  private async refuseCutOff(path: string): Promise<void> {
    const file = await open(path);
    try {
      const extent = await readWavExtent(file);
      if (!extent || extent.presentBytes >= extent.announcedBytes) return;
      const percent = Math.floor((100 * extent.presentBytes) / extent.announcedBytes);
      const share = percent < 1 ? 'less than 1' : percent;
      throw new DomainError(
        'unreadable_media',
        `The file is cut off: only ${share} % of the sound that its header announces is there. Upload the complete file.`,
      );
    } finally {
      await file.close();
    }
  }

  private async notAudio(path: string, stderr: string): Promise<DomainError> {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
      const reason = describeNonAudio(buffer.subarray(0, bytesRead)) ?? 'This is not an audio file that can be read.';
      return new DomainError('unsupported_media', `${reason} Supported are ${SUPPORTED_FORMATS}.`, {
        cause: new Error(stderr),
      });
    } finally {
      await file.close();
    }
  }
}

/**
 * Uncompressed audio cannot last longer than its bytes: a header of a cut-off file, or a false one, claims more.
 * @param bitRate bits per second
 */
function plausibleDuration(
  claimedS: number | null,
  codec: string | null,
  bitRate: number | null,
  sizeBytes: number,
): number | null {
  if (!codec?.startsWith('pcm_') || bitRate === null) return claimedS;
  const possibleS = (sizeBytes * 8) / bitRate;
  return claimedS === null ? possibleS : Math.min(claimedS, possibleS);
}
