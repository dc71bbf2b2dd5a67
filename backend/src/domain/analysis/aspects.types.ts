import type { SoundKey } from '../library/library.types.js';

/** What two sounds may be alike in, each told apart from the others. */
export const ASPECTS = ['timbre', 'pitch', 'rhythm', 'loudness'] as const;
export type Aspect = (typeof ASPECTS)[number];

/** What a search by example may go by; `overall` is how the model hears a sound. */
export const COMPARED = ['overall', ...ASPECTS] as const;
export type Compared = (typeof COMPARED)[number];

/** How much each counts, 0 or more. What is not named does not count, but `overall` counts 1. */
export type AspectWeights = { [Name in Compared]?: number | undefined };

/** As many mel-frequency cepstral coefficients as are kept, without the first, which is the level. */
export const TIMBRE_MEANS = 12;
export const PITCH_CLASSES = 12;
/** To the octave, of rates at which onsets may repeat. */
export const RHYTHM_STEPS = 8;

/** Where each aspect stands among the numbers that describe a sound. */
export const LAYOUT = {
  /** Means of the coefficients, then deviations, that of the level first; dB. */
  timbre: { at: 0, size: 2 * TIMBRE_MEANS + 1 },
  /** Weights of the pitch classes from C up, which sum to 1, then the height in octaves above 55 Hz. */
  pitch: { at: 25, size: PITCH_CLASSES + 1 },
  /** How strongly onsets repeat at each rate from 0.5 Hz up; sums to 1. */
  rhythm: { at: 38, size: 40 },
  /** Integrated loudness in LUFS, then how far the loudest sample lies above it in dB. */
  loudness: { at: 78, size: 2 },
} as const satisfies Record<Aspect, { at: number; size: number }>;

/** Numbers that are told by the samples; loudness is told by all channels as they are played. */
export const HEARD_SIZE = LAYOUT.loudness.at;
export const DESCRIBED_SIZE = LAYOUT.loudness.at + LAYOUT.loudness.size;

/** {@link HEARD_SIZE} numbers; NaN where a sound has no such thing: noise no pitch, a single hit no rhythm. */
export type Heard = Float32Array;

/** The numbers of a sound of the library, {@link DESCRIBED_SIZE} from `at` on. */
export interface Described {
  numbers: Float32Array;
  at: number;
}

export interface DescribedSound {
  soundKey: SoundKey;
  heard: Heard;
  loudnessLufs: number | null;
  peakDb: number | null;
}

/** One example, what of it counts, and how much the example does. */
export interface Comparison {
  example: Described;
  /** Only aspects that the example has. */
  aspects: readonly { aspect: Aspect; weight: number }[];
}

export const hasAspect = (aspect: Aspect, { numbers, at }: Described): boolean =>
  !Number.isNaN(numbers[at + LAYOUT[aspect].at]);
