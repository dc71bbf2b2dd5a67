import type { Awaitable } from '../awaitable.js';
import type { DescribedSound } from './aspects.types.js';

/** What sounds of the library are compared by: one line for each that was heard, with a number that grows with each that is written. */
export interface DescribedSounds {
  /** How many there are, and the number of the newest. */
  state(): Awaitable<{ count: number; newest: number }>;
  /** Those with a greater number, in its order. */
  after(number: number): Awaitable<DescribedSound[]>;
}
