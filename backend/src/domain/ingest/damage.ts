import { DomainError } from '../errors.js';
import type { Heard, ProbedFacts } from './ingest.ports.js';
import { because } from '../reasons.js';

/** Less is not worth a word: encoders and tags leave such traces in sound files. */
const LEAST_SHARE = 0.01;
export const LEAST_S = 0.05;
/** What has lost more is refused. */
const MOST_SHARE = 0.5;

/**
 * How much of a sound is damaged, by what is missing and by the packets that could not be decoded.
 * @param decodedS seconds that were heard
 * @returns a share, 0..1; null for a sound that is whole
 * @throws DomainError `unreadable_media` when most of it is lost
 */
export function damageOf(
  { durationS, lengthFrom, strayShare, codec, sampleRateHz }: ProbedFacts,
  { faults, complained }: Pick<Heard, 'faults' | 'complained'>,
  decodedS: number,
): number | null {
  // A header that promises more than there is, of a file that decodes without a complaint, is wrong; nothing was lost.
  const isTrue = lengthFrom === 'structure' || (lengthFrom === 'header' && complained);
  const strayS = (decodedS * strayShare) / Math.max(0.01, 1 - strayShare);
  const missingS = isTrue && durationS !== null ? Math.max(0, durationS - decodedS) : strayS;
  const faultyS = faults * packetS(codec, sampleRateHz ?? 44_100);
  const lostS = Math.max(missingS, faultyS);
  const share = Math.min(1, Math.max(missingS / (decodedS + missingS), faultyS / (decodedS + missingS)));
  // The frames of a FLAC are counted: what is missing there was lost, be it never so small a share.
  const isCounted = codec === 'flac' && lengthFrom === 'structure';
  if ((share < LEAST_SHARE && !isCounted) || lostS < LEAST_S) return null;
  if (share > MOST_SHARE) {
    const percent = Math.max(1, Math.floor(100 * (1 - share)));
    throw new DomainError('unreadable_media', because('file_mostly_damaged', { percent }));
  }
  return share;
}

/** Seconds of a packet, about: the usual number of samples. */
function packetS(codec: string | null, sampleRateHz: number): number {
  const samples = /^mp[123]/.test(codec ?? '')
    ? 1152
    : codec === 'aac'
      ? 1024
      : /^(?:flac|alac)$/.test(codec ?? '')
        ? 4096
        : /^(?:opus|vorbis)$/.test(codec ?? '')
          ? 960
          : 1536;
  return samples / sampleRateHz;
}
