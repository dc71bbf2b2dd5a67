import { open, stat, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { DomainError } from '../domain/errors.js';
import type { AudioProbe, ProbedFacts } from '../domain/ingest/ingest.ports.js';
import {
  entryOptions,
  inputUrl,
  MAX_CHANNELS,
  MAX_SAMPLE_RATE_HZ,
  MIN_SAMPLE_RATE_HZ,
  SAFE_INPUT_OPTIONS,
  SUPPORTED_FORMATS,
} from './formats.js';
import { MediaPrograms } from './media-process.js';
import { describeNonAudio } from './sniff.js';
import { openBytes } from './extent/bytes.js';
import { beginsFrame, streamInfo } from './extent/flac.js';
import { readPlain, type PlainFile } from './plain/plain-file.js';
import { entryOf, lackingShare, readExtent, strayShare, type Extent, type Found } from './extent/index.js';
import { integerFormatOf } from './wav-format.js';
import { because, type Reason } from '../domain/reasons.js';
import { bitsPerSampleOf } from '../domain/library/sample-bits.js';

const TIMEOUT_MS = 15_000;
const OUTPUT_LIMIT = 256 * 1024;
/** Packets decoded on trial: codecs may need several before the first samples come out. */
const TRIAL_PACKETS = 32;
/** Below this, ffprobe guessed from a few bytes that occur by chance in any file: only decoded audio proves it then. */
const TRUSTED_PROBE_SCORE = 51;
const TRIAL_FRAMES = 3;
const MAX_TRACKS = 16;

const numeric = z.coerce.number().positive().finite().optional().catch(undefined);
const report = z.object({
  format: z
    .object({ format_name: z.string(), duration: numeric, bit_rate: numeric, probe_score: z.number() })
    .optional(),
  streams: z
    .array(
      z.object({
        index: z.number(),
        disposition: z.object({ default: z.number() }).partial().default({}),
        codec_name: z.string().optional(),
        sample_rate: numeric,
        channels: z.number().optional(),
        duration: numeric,
        bit_rate: numeric,
        bits_per_raw_sample: numeric,
        bits_per_sample: numeric,
      }),
    )
    .default([]),
  frames: z.array(z.object({ stream_index: z.number(), nb_samples: z.number().optional() })).default([]),
});
type Report = z.output<typeof report>;
type Stream = Report['streams'][number];
type ProbeOptions = NonNullable<Parameters<AudioProbe['probe']>[1]>;

/** Reads what a file is: those without loss from their head where it leaves nothing open, all others with ffprobe, decoding their first packets on trial. */
export class FfmpegProbe implements AudioProbe {
  private readonly programs: MediaPrograms;

  constructor(private readonly options: { maxDurationS: number; timeoutMs?: number; programs?: MediaPrograms }) {
    this.programs = options.programs ?? new MediaPrograms();
  }

  async probe(path: string, options: ProbeOptions = {}): Promise<ProbedFacts> {
    const { size } = await stat(path).catch((cause: unknown) => {
      throw new DomainError('not_found', because('stored_file_missing'), {
        cause,
      });
    });
    if (size === 0) throw new DomainError('unreadable_media', because('file_empty'));

    // What the file's own structure tells needs no process.
    const structure = await withFile(path, readExtent);
    const integers = await withFile(path, integerFormatOf);
    refuseCutOff(structure.extent);
    const plain = await withFile(path, readPlain);
    if (plain && hasUsualRate(plain)) return this.factsOf(plain);
    const flac = typeof structure.durationS === 'number' && !structure.extent ? await withFile(path, flacHead) : null;
    if (flac && hasUsualRate(flac) && Math.abs(flac.durationS - structure.durationS!) < 1e-6)
      return this.factsOfFlac(flac, size);

    const { signal } = options;
    const { found, stderr } = await this.ffprobe(path, 'a', size, signal);
    const { format, streams } = found;
    if (!format) throw await this.notAudio(path, stderr);
    if (streams.length === 0) throw new DomainError('no_audio', because('file_without_track'));

    const tracks = await this.decodable(found, (index) => this.ffprobe(path, `a:${index}`, size, signal));
    const track = tracks.find(({ index }) => index === options.track) ?? tracks[0];
    const stream = streams[track?.index ?? 0] as Stream;
    const decoded = track?.frames ?? 0;
    if (format.probe_score < TRUSTED_PROBE_SCORE && decoded < TRIAL_FRAMES) throw await this.notAudio(path, stderr);
    const { sample_rate: sampleRateHz, channels } = stream;
    if (!sampleRateHz || !hasUsualRate({ sampleRateHz }) || !channels || channels > MAX_CHANNELS) {
      throw new DomainError(
        'unreadable_media',
        because('file_header_unusual', {
          minKHz: MIN_SAMPLE_RATE_HZ / 1000,
          maxKHz: MAX_SAMPLE_RATE_HZ / 1000,
          maxChannels: MAX_CHANNELS,
        }),
      );
    }
    if (decoded === 0) throw new DomainError('unreadable_media', because('file_not_decodable'));

    // Of some WAV files ffprobe reads the size of samples wrong.
    const codec = integers?.codec ?? stream.codec_name ?? null;
    const bitRate = integers ? integers.frameBytes * 8 * sampleRateHz : (stream.bit_rate ?? format.bit_rate ?? null);
    const claimedS = integers ? null : (stream.duration ?? format.duration ?? null);
    const length = lengthOf({ structure, container: format.format_name, codec, bitRate, claimedS, size });
    const { maxDurationS } = this.options;
    this.refuseTooLong(length.atLeastS);
    // A header alone is no reason to refuse: it is seen in decoding how long it really is.
    const durationS = length.durationS !== null && length.durationS > maxDurationS ? null : length.durationS;
    return {
      durationS,
      sampleRateHz,
      channels,
      codec,
      bitRateKbps: bitRate === null ? null : Math.round(bitRate / 1000),
      bitsPerSample:
        integers?.bits ?? bitsPerSampleOf(codec, { raw: stream.bits_per_raw_sample, coded: stream.bits_per_sample }),
      tracks: tracks.map(({ index }) => index),
      lengthFrom: length.from,
      strayShare:
        options.thorough && length.from === 'guess' && /^(?:mp3|aac|ac3|eac3)$/.test(format.format_name)
          ? await withFile(path, strayShare)
          : 0,
    };
  }

  async lacking(path: string): Promise<number> {
    return lackingShare((await withFile(path, readExtent)).extent) ?? 0;
  }

  /** Of uncompressed samples the head of the file tells all. */
  private factsOf({ codec, sampleRateHz, channels, sample, frames }: PlainFile): ProbedFacts {
    const durationS = frames / sampleRateHz;
    this.refuseTooLong(durationS);
    const bitRateKbps = Math.round((sampleRateHz * channels * sample.bytes * 8) / 1000);
    const known = { tracks: [0], lengthFrom: 'guess', strayShare: 0 } as const;
    const bitsPerSample = 8 * sample.bytes;
    return { ...known, tracks: [0], durationS, sampleRateHz, channels, codec, bitRateKbps, bitsPerSample };
  }

  /** Of a FLAC whose frames end where its head says. */
  private factsOfFlac({ durationS, sampleRateHz, channels, bits }: FlacHead, size: number): ProbedFacts {
    this.refuseTooLong(durationS);
    const bitRateKbps = Math.round((size * 8) / durationS / 1000);
    const known = { codec: 'flac', tracks: [0], lengthFrom: 'structure', strayShare: 0 } as const;
    return { ...known, tracks: [0], durationS, sampleRateHz, channels, bitRateKbps, bitsPerSample: bits };
  }

  private refuseTooLong(lengthS: number): void {
    const { maxDurationS } = this.options;
    if (lengthS <= maxDurationS) return;
    throw new DomainError('too_long', because('sound_too_long', { lengthS, limitS: maxDurationS }));
  }

  /** The audio tracks of which something can be decoded, those for everybody (not another language, say) first. */
  private async decodable(
    { streams, frames }: Report,
    probeAlone: (track: number) => Promise<{ found: Report }>,
  ): Promise<{ index: number; frames: number }[]> {
    const count = (of: Report['frames'], stream: Stream): number =>
      of.filter((frame) => frame.stream_index === stream.index && (frame.nb_samples ?? 0) > 0).length;
    const tracks = streams.map((stream, index) => ({ index, stream, frames: count(frames, stream) }));
    tracks.sort((a, b) => (b.stream.disposition.default ?? 0) - (a.stream.disposition.default ?? 0));
    if (tracks.length > 1) {
      for (const track of tracks.slice(0, MAX_TRACKS).filter((each) => each.frames === 0)) {
        // Packets of others may have come first.
        const { found } = await probeAlone(track.index);
        track.frames = count(found.frames, track.stream);
      }
    }
    return tracks.filter((track) => track.frames > 0);
  }

  private async ffprobe(
    path: string,
    streams: string,
    fileBytes: number,
    signal: AbortSignal | undefined,
  ): Promise<{ found: Report; stderr: string }> {
    const args = [
      ...SAFE_INPUT_OPTIONS,
      ...entryOptions(await withFile(path, entryOf)),
      ...['-probesize', '8M', '-analyzeduration', '10M', '-print_format', 'json', '-select_streams', streams],
      ...['-read_intervals', `%+#${TRIAL_PACKETS}`],
      '-show_entries',
      'format=format_name,duration,bit_rate,probe_score:stream=index,codec_name,sample_rate,channels,duration,bit_rate,bits_per_raw_sample,bits_per_sample:stream_disposition=default:frame=stream_index,nb_samples',
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
      if (timedOut) throw new DomainError('unreadable_media', because('file_reading_slow'));
      if (end.signal !== null) throw new DomainError('unreadable_media', because('file_reading_failed'));
    } finally {
      signal?.removeEventListener('abort', abort);
      clearTimeout(timer);
    }
    return { found: report.parse(parsed(text)), stderr: process.stderr() };
  }

  private async notAudio(path: string, stderr: string): Promise<DomainError> {
    const reason = await withFile(path, async (file) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
      return describeNonAudio(buffer.subarray(0, bytesRead)) ?? because('not_audio');
    });
    const supported = because('supported_formats', { formats: SUPPORTED_FORMATS });
    return new DomainError('unsupported_media', [reason, supported], { cause: new Error(stderr) });
  }
}

const hasUsualRate = ({ sampleRateHz }: { sampleRateHz: number }): boolean =>
  sampleRateHz >= MIN_SAMPLE_RATE_HZ && sampleRateHz <= MAX_SAMPLE_RATE_HZ;

interface FlacHead {
  durationS: number;
  sampleRateHz: number;
  channels: number;
  bits: number;
}

/** What a FLAC says of itself, where its first frame follows; null for anything else. */
async function flacHead(file: FileHandle): Promise<FlacHead | null> {
  const bytes = await openBytes(file);
  if ((await bytes.read(0, 4)).toString('latin1') !== 'fLaC') return null;
  const info = await streamInfo(bytes, 0);
  if (!info || info.total === 0 || !beginsFrame(await bytes.read(info.audioAt, 32), 0, info)) return null;
  return { durationS: info.total / info.rateHz, sampleRateHz: info.rateHz, channels: info.channels, bits: info.bits };
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/**
 * A copy that broke off is refused at once, while the person still has the original.
 * @throws DomainError `unreadable_media`
 */
function refuseCutOff(extent: Extent | null): void {
  if (!extent || lackingShare(extent) !== null) return;
  const cutOff = (how: Reason): DomainError => new DomainError('unreadable_media', how);
  if (extent.kind === 'headless') throw cutOff(because('file_cut_off_headless'));
  if (extent.kind === 'broken') {
    const { afterS } = extent;
    throw cutOff(afterS === null ? because('file_cut_off') : because('file_cut_off_after', { afterS }));
  }
  const { announced, present } = extent;
  const percent = Math.max(1, Math.floor((100 * present) / announced));
  throw cutOff(because('file_cut_off_share', { percent }));
}

const CONSTANT_RATE = /^(?:pcm_|adpcm_)/;
/** No MP3 has more, whatever its headers say. Bits per second. */
const MOST_OF_MP3 = 640_000;

/**
 * How long a file is by what it says, and how long it is at least, by its structure or by its size and codec.
 * @param of `bitRate` in bits per second
 */
function lengthOf(of: {
  structure: Found;
  container: string;
  codec: string | null;
  bitRate: number | null;
  claimedS: number | null;
  size: number;
}): { durationS: number | null; atLeastS: number; from: ProbedFacts['lengthFrom'] } {
  const { structure, container, codec, bitRate, claimedS, size } = of;
  if (typeof structure.durationS === 'number') {
    return { durationS: structure.durationS, atLeastS: structure.durationS, from: 'structure' };
  }
  if (structure.durationS === null) return { durationS: null, atLeastS: 0, from: 'guess' };
  if (CONSTANT_RATE.test(codec ?? '') && bitRate !== null) {
    // Uncompressed audio cannot last longer than its bytes: a header of a cut-off file, or a false one, claims more.
    const possibleS = (size * 8) / bitRate;
    const durationS = claimedS === null ? possibleS : Math.min(claimedS, possibleS);
    return { durationS, atLeastS: durationS, from: 'guess' };
  }
  const isGuess = /^(?:mp3|aac|ac3|eac3)$/.test(container) && structure.extent === null;
  return {
    durationS: claimedS,
    atLeastS: container === 'mp3' ? (size * 8) / MOST_OF_MP3 : 0,
    from: isGuess || claimedS === null ? 'guess' : 'header',
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
