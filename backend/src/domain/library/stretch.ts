import { DomainError } from '../errors.js';

/** @throws DomainError `invalid_input` for a stretch that begins behind the end */
export function mustBeginWithin(durationS: number, startS: number): void {
  if (startS < durationS) return;
  throw new DomainError('invalid_input', `This sound is ${durationS} s long: nothing begins at ${startS} s.`);
}
