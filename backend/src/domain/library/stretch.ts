import { DomainError } from '../errors.js';
import { because } from '../reasons.js';
import { PCM_RATE_HZ } from './wav.js';

/** @throws DomainError `invalid_input` for a stretch that begins behind the end */
export function mustBeginWithin(durationS: number, startS: number): void {
  if (startS < durationS) return;
  throw new DomainError('invalid_input', because('begins_behind_end', { startAt: startS, endAt: durationS }));
}

/**
 * The samples of a stretch, at {@link PCM_RATE_HZ}, as far as the sound has them. Stretches that follow each other have each sample
 * once.
 * @throws DomainError `invalid_input` for one that begins behind the end, or is shorter than a sample
 */
export function samplesWithin(
  durationS: number,
  { startS, endS }: { startS: number; endS: number },
): { first: number; count: number } {
  mustBeginWithin(durationS, startS);
  const first = Math.round(startS * PCM_RATE_HZ);
  const behind =
    endS >= durationS ? samplesOf(durationS) : Math.min(samplesOf(durationS), Math.round(endS * PCM_RATE_HZ));
  const count = behind - first;
  if (count > 0) return { first, count };
  throw new DomainError('invalid_input', because('stretch_too_short', { rateHz: PCM_RATE_HZ }), {
    fields: [{ path: 'endS', message: 'must be at least a sample behind startS' }],
  });
}

/** A decoder gives a sample for each time that has begun. Times are fractions of samples, but for what a computer makes of them. */
const samplesOf = (durationS: number): number => Math.ceil(durationS * PCM_RATE_HZ - 1e-5);
