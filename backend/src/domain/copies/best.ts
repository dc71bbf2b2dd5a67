import type { SoundKey } from '../library/library.types.js';

/** What is told of a sound to know the better of two copies. */
export interface CopyFacts {
  soundKey: SoundKey;
  codec: string | null;
  bitRateKbps: number | null;
  sampleRateHz: number | null;
  bitsPerSample: number | null;
  durationS: number | null;
}

const LOSSLESS = /^(?:flac|alac|wavpack|ape|tta|pcm_[sf].*)$/;
const isLossless = ({ codec }: CopyFacts): boolean => LOSSLESS.test(codec ?? '');

/** Order of copies, best first: without loss, then by bits, by what can be heard of the highs and of what is quiet, by how much there is, the oldest. */
export function bestFirst(a: CopyFacts, b: CopyFacts): number {
  const lossless = isLossless(a);
  return (
    Number(isLossless(b)) - Number(lossless) ||
    (lossless ? 0 : more(a.bitRateKbps, b.bitRateKbps)) ||
    more(a.sampleRateHz, b.sampleRateHz) ||
    more(a.bitsPerSample || null, b.bitsPerSample || null) ||
    more(tenths(a.durationS), tenths(b.durationS)) ||
    a.soundKey - b.soundKey
  );
}

const more = (a: number | null, b: number | null): number => (b ?? -1) - (a ?? -1);
const tenths = (seconds: number | null): number | null => (seconds === null ? null : Math.round(10 * seconds));
