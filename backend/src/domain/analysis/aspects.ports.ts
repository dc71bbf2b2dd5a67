import type { Awaitable } from '../awaitable.js';
import type { Aspect, Described, DescribedSound } from './aspects.types.js';

/** What sounds of the library are compared by: one line for each that was heard, with a number that grows with each that is written. */
export interface DescribedSounds {
  /** How many there are, and the number of the newest. */
  state(): Awaitable<{ count: number; newest: number }>;
  /** Those with a greater number, in its order. */
  after(number: number): Awaitable<DescribedSound[]>;
}

/** One aspect of one example, and how much it counts. */
export interface WantedAspect {
  example: Described;
  aspect: Aspect;
  weight: number;
}

/** Numbers of many sounds, in a memory where all of them are compared at once. */
export interface DescribedRows {
  /** Writes the numbers of a row, which may be a new one. */
  set(row: number, numbers: Float32Array): void;
  /** Copies the numbers of a row, `DESCRIBED_SIZE` of them. */
  read(row: number, into: Float32Array): void;
  /**
   * Writes the log odds of each row from `from` to `to` (without it) into `into`, at the place of the row: as `logitOf` tells them, summed up,
   * but in single precision, which is wrong by less than a ten-thousandth of the largest sum that there can be.
   */
  roughly(wanted: readonly WantedAspect[], from: number, to: number, into: Float32Array): void;
}
