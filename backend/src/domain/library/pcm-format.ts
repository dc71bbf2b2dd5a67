import type { Sound } from './library.types.js';
import { wavSize, type PcmFormat } from './wav.js';

/** As a sound is searched and drawn: its channels as one. */
export const DRAWN: Readonly<PcmFormat> = { channels: 1, rateHz: 44_100, bits: 16 };

/** No player takes less, and nobody hears what more would add. */
const LOWEST_HZ = 8_000;
const HIGHEST_HZ = 192_000;
/** Above it, FLAC has only tens of hertz. */
const ANY_HZ = 65_535;
/** The sizes in the head of a WAV have 32 bits. */
const WAV_BYTES = 2 ** 32;

/** Codecs whose samples are whole numbers cannot go beyond full scale; what a resampler adds there is cut off. */
const WHOLE_NUMBERS = /^(?:pcm_(?!f)|adpcm_|flac$|alac$|tta$|ape$)/;
const DEEP = /^pcm_[suf](?:24|32|64)/;

export const isInteger = (codec: string | null): boolean => codec !== null && WHOLE_NUMBERS.test(codec);

/**
 * What a sound is handed out in: its channels (of more than two, a mix in stereo) at its rate, with 24 bits where its samples have
 * more than 16. What would be too large for a WAV has less of each; what nothing is known of is {@link DRAWN}.
 * @param depth bits of its samples, where that is known beside the codec
 */
export function formatOf(
  { channels, codec, sampleRateHz }: Pick<Sound, 'channels' | 'codec' | 'sampleRateHz'>,
  depth: number | null,
  lengthS: number,
): PcmFormat {
  if (channels === null || sampleRateHz === null) return DRAWN;
  const rateHz = rateOf({ sampleRateHz });
  const isDeep = depth === null ? DEEP.test(codec ?? '') : depth > 16;
  const own: PcmFormat = { channels: channels === 1 ? 1 : 2, rateHz, bits: isDeep ? 24 : 16 };
  const plain: PcmFormat = { ...own, bits: 16 };
  const fitting = [own, plain, { ...plain, rateHz: Math.min(rateHz, DRAWN.rateHz) }].find(
    (format) => wavSize({ format, frames: Math.ceil(lengthS * format.rateHz) }) < WAV_BYTES,
  );
  return fitting ?? DRAWN;
}

/** Samples per second that a sound is handed out with. */
export function rateOf({ sampleRateHz }: Pick<Sound, 'sampleRateHz'>): number {
  if (sampleRateHz === null) return DRAWN.rateHz;
  const rateHz = Math.min(HIGHEST_HZ, Math.max(LOWEST_HZ, Math.round(sampleRateHz)));
  return rateHz > ANY_HZ ? rateHz - (rateHz % 10) : rateHz;
}

/** What the head of a FLAC must be read up to for {@link depthInFlac}. */
export const FLAC_HEAD_BYTES = 22;

/** Bits of each sample, as the head of a FLAC says (RFC 9639, 8.2); null where it is none. */
export function depthInFlac(head: Buffer): number | null {
  if (head.length < FLAC_HEAD_BYTES || head.toString('latin1', 0, 4) !== 'fLaC' || (head[4]! & 0x7f) !== 0) return null;
  return (((head[20]! & 1) << 4) | (head[21]! >> 4)) + 1;
}

/** The peak is told in tenths of a decibel. */
const PEAK_STEP_DB = 0.05;

/**
 * What the channels of a sound are multiplied with to stay within full scale, which floats and lossy formats go beyond. A few values
 * far above all others are no sound: they count in the peak, but not in the mix, which has at least half of what each channel has.
 */
export function gainOf({ codec, hearing, peakDb }: Pick<Sound, 'codec' | 'hearing' | 'peakDb'>): number {
  if (peakDb === null || peakDb <= 0 || isInteger(codec)) return 1;
  const ofMix = (hearing?.weights ?? []).reduce((sum, weight) => sum + Math.abs(weight), 0);
  return Math.min(1, Math.max(10 ** (-(peakDb + PEAK_STEP_DB) / 20), ofMix / 2));
}
