import { DomainError } from '../errors.js';
import { because } from '../reasons.js';

/** @throws DomainError `invalid_input` for a vector of another model */
export function demandLength(dimension: number, { length }: Float32Array): void {
  if (length !== dimension) throw new DomainError('invalid_input', because('index_other_model'));
}
