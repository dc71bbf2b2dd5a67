import { isInteger } from '../domain/library/pcm-format.js';

/** What is below is raised, so that there is something to hear and to see: -60 dBFS. */
const QUIET = 1e-3;
/** Where the peak of a raised sound comes to lie: -20 dBFS. */
const RAISED = 0.1;
/** One step of 16 bits: what such a file holds of silence with dither. */
const STEP_16 = 1.5 / 2 ** 15;
/** Nothing of less is in a file of 24 bits. */
const STEP_24 = 1 / 2 ** 23;
/** Values this far above nearly all others are faults of a file of floats, not sound: 36 dB. */
const GLITCH = 64;
/** So few values may be glitches: a resampler spreads each over some dozens. */
const GLITCH_COUNT = 256;
const GLITCH_SHARE = 0.001;
/** A peak that is cut by less than this (1 dB), and not often, is not heard. */
const SLIGHT = 1.122;
const OFTEN = 0.001;

const isSixteenBits = (codec: string | null): boolean => codec !== null && /^(?:pcm_[su]16|pcm_[au]law)/.test(codec);

/** How loud a mono signal gets, in constant memory. */
export interface LevelMeter {
  /** @param samples finite */
  push(samples: Float32Array): void;
  /** Nothing to hear: digital zero, or less than the format can hold. */
  isSilent(): boolean;
  /** What to multiply with, so that peaks come to lie at full scale, and what is very quiet is heard. */
  gain(): number;
  /** Whether this gain, chosen earlier, does harm: much is cut off, or nothing can be heard. */
  isWrong(gain: number): boolean;
}

/** @param codec of the file, as ffmpeg calls it; null when not known */
export function createLevelMeter(codec: string | null): LevelMeter {
  /** By the exponent of the sample's binary form, that is in steps of 6 dB. */
  const counts = new Float64Array(256);
  const peaks = new Float32Array(256);
  let total = 0;

  const peak = (): number => {
    const mayBeFaults = Math.min(total / 4, Math.max(GLITCH_COUNT, total * GLITCH_SHARE));
    let above = 0;
    let exponent = 255;
    while (exponent > 0 && above + counts[exponent]! <= mayBeFaults) above += counts[exponent--]!;
    const limit = GLITCH * Math.max(1, 2 ** (exponent - 126));
    return peaks.reduce((most, value) => (value <= limit ? Math.max(most, value) : most), 0);
  };
  const isSilent = (): boolean => peak() <= (isSixteenBits(codec) ? STEP_16 : STEP_24);
  const gain = (): number => {
    const level = peak();
    if (isSilent()) return 1;
    if (level < QUIET) return RAISED / level;
    return level > 1 && !isInteger(codec) ? 1 / level : 1;
  };

  return {
    push(samples) {
      const bits = new Uint32Array(samples.buffer, samples.byteOffset, samples.length);
      for (let i = 0; i < bits.length; i++) {
        const exponent = (bits[i]! >>> 23) & 255;
        counts[exponent]!++;
        const size = Math.abs(samples[i]!);
        if (size > peaks[exponent]!) peaks[exponent] = size;
      }
      total += samples.length;
    },
    isSilent,
    gain,
    isWrong(used) {
      const level = peak() * used;
      if (isSilent()) return false;
      if (level < QUIET) return true;
      if (isInteger(codec) && used === 1) return false;
      if (level > SLIGHT) return true;
      const over = counts.reduce((sum, count, exponent) => (2 ** (exponent - 127) * used > 1 ? sum + count : sum), 0);
      return over > OFTEN * total;
    },
  };
}
