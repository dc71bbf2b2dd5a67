import type { Sound } from '../library/library.types.js';

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
