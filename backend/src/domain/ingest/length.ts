import type { AudioFacts, Sound } from '../library/library.types.js';

/** Bytes of a second of sound at least (where a header says how long it is) and usually (where none does). */
const LOSSY = { most: 64_000, usual: 16_000 };
const LOSSLESS = { most: 2_000_000, usual: 150_000 };
const LOSSLESS_CODECS = /^(pcm_|flac|alac|wavpack|ape|tta)/;

/**
 * About how long a sound is, in seconds, before it is decoded. A header may be missing or false: a large file is never taken for
 * a short sound.
 */
export function expectedLengthS({
  durationS,
  sizeBytes,
  codec,
}: Pick<Sound, 'durationS' | 'sizeBytes' | 'codec'>): number {
  const { most, usual } = LOSSLESS_CODECS.test(codec ?? '') ? LOSSLESS : LOSSY;
  return durationS === null ? sizeBytes / usual : Math.max(durationS, sizeBytes / most);
}

/** Times in headers are written to the microsecond. */
const ROUNDED_S = 1e-6;

/**
 * How long a sound is, to the sample, from what was decoded at another rate than its own. A resampler gives a sample for each time
 * that has begun, so that at a higher rate only one number of own samples makes what was decoded; at a lower one the header decides
 * among several, where it says one of them.
 */
export function exactLengthS(
  { samples, sampleRateHz }: { samples: number; sampleRateHz: number },
  { durationS: saidS, sampleRateHz: ownHz }: Pick<AudioFacts, 'durationS' | 'sampleRateHz'>,
): number {
  const decodedS = samples / sampleRateHz;
  if (ownHz === null || ownHz <= 0) return decodedS;
  if (ownHz <= sampleRateHz) return Math.max(1, Math.floor(decodedS * ownHz + ROUNDED_S)) / ownHz;
  const said = Math.round((saidS ?? 0) * ownHz);
  return said > 0 && Math.abs(said / ownHz - decodedS) < 1 / sampleRateHz + ROUNDED_S ? said / ownHz : decodedS;
}
