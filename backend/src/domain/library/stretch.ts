import { DomainError } from '../errors.js';
import { because } from '../reasons.js';

/** @throws DomainError `invalid_input` for a stretch that begins behind the end */
export function mustBeginWithin(durationS: number, startS: number): void {
  if (startS < durationS) return;
  throw new DomainError('invalid_input', because('begins_behind_end', { startAt: startS, endAt: durationS }));
}

/**
 * The samples of a stretch at a rate, as far as the sound has them. Stretches that follow each other have each sample once.
 * @throws DomainError `invalid_input` for one that begins behind the end, or is shorter than a sample
 */
export function samplesWithin(
  durationS: number,
  { startS, endS }: { startS: number; endS: number },
  rateHz: number,
): { first: number; count: number } {
  mustBeginWithin(durationS, startS);
  const first = Math.round(startS * rateHz);
  // A decoder gives a sample for each time that has begun. Times are fractions of samples, but for what a computer makes of them.
  const all = Math.ceil(durationS * rateHz - 1e-5);
  const behind = endS >= durationS ? all : Math.min(all, Math.round(endS * rateHz));
  const count = behind - first;
  if (count > 0) return { first, count };
  throw new DomainError('invalid_input', because('stretch_too_short', { rateHz }), {
    fields: [{ path: 'endS', message: 'must be at least a sample behind startS' }],
  });
}
