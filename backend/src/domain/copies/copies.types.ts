import type { Sound } from '../library/library.types.js';

/** How a sound sounds, coarsely, without regard to its level and format. */
export interface Fingerprint {
  /** Seconds from one frame to the next. */
  frameS: number;
  /** `FINGERPRINT_BANDS` levels per frame, in steps of half a decibel below the loudest, which is 255. */
  levels: Uint8Array;
}

export const FINGERPRINT_BANDS = 24;
export const STEPS_PER_DB = 2;

/** Sounds that are copies of each other, the best of them first. */
export interface CopyGroup {
  sounds: Sound[];
  /** Bytes that would be free if only the best were kept. */
  freeableBytes: number;
}

export interface CopyGroupPage {
  groups: CopyGroup[];
  /** Of all pages together. */
  total: number;
  /** Sounds of all groups that are not the best of theirs, and their bytes. */
  extraSounds: number;
  freeableBytes: number;
}
