import type { Awaitable } from '../awaitable.js';

/** Side of the square that a cover is given out as, pixels. */
export const COVER_SIZES = [96, 400] as const;
export type CoverSize = (typeof COVER_SIZES)[number];

/** A picture that a sound has in its file, made small: square JPEG. */
export interface Cover {
  /** Of the picture in the file: {@link COVER_ID}. The same picture in other files is the same cover. */
  id: string;
  /** At most 96 × 96, and 400 × 400, pixels. */
  small: Uint8Array;
  large: Uint8Array;
}

/** The first 32 hex digits of a SHA-256. */
export const COVER_ID = /^[0-9a-f]{32}$/;
/** None that is made here comes near this. */
export const MAX_COVER_BYTES = 256 * 1024;

export interface CoverMaker {
  /** Null for what is no picture, or none that can be shown: a damaged one, a huge one. Never throws for bad bytes. */
  make(picture: Uint8Array): Promise<Cover | null>;
}

/** Pictures of sounds. They come and go with what is said of sounds (`JobRepository.complete`). */
export interface CoverRepository {
  /** Null where there is none that a sound has which the viewer sees. */
  get(id: string, size: CoverSize): Awaitable<Uint8Array | null>;
  /** Forgets those that no sound has any more, and that nobody brought since this moment (ISO 8601 UTC). @returns how many */
  forgetUnused(before: string): Awaitable<number>;
}
