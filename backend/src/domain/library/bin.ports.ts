import type { Awaitable } from '../awaitable.js';
import type { Page, Sound } from './library.types.js';

/** A deleted sound that can come back. */
export interface BinnedSound {
  sound: Sound;
  /** ISO 8601 UTC. */
  deletedAt: string;
}

/** What was deleted, and what is left of it. Each call is one transaction. */
export interface BinRepository {
  /** Moves sounds of the library into the bin: everything but the bin loses sight of them. Returns those that were there. */
  put(ids: readonly string[]): Awaitable<string[]>;
  /** Latest deleted first. */
  list(request: { limit: number; cursor?: string | undefined }): Awaitable<Page<BinnedSound>>;
  /** `bytes`: what the library keeps for them; files that stay in their folders take nothing. */
  sums(): Awaitable<{ sounds: number; bytes: number }>;
  findBySha256(sha256: string): Awaitable<Sound | null>;
  /** Ids of at most `limit` sounds, longest deleted first; with `before` only of those deleted earlier. */
  ids(limit: number, before?: string): Awaitable<string[]>;
  /** Hashes of all files that the bin keeps. */
  hashes(): Awaitable<string[]>;
  /**
   * Puts sounds back where they were, with all they had.
   * @returns those that were in the bin; jobs that go on; and sounds that the active model has not heard
   */
  restore(ids: readonly string[]): Awaitable<{ restored: string[]; openJobs: string[]; unheard: string[] }>;
  /** The hashes that belong to these sounds, whether in the bin or not. */
  hashesOf(ids: readonly string[]): Awaitable<string[]>;
  /**
   * Removes sounds with their segments, peaks and jobs, for good; their hashes are leftovers from then on.
   * @param from `bin` leaves alone what is not, or no longer, in the bin
   * @returns `storedBytes`: what the library keeps of it; 0 for a file that stays in its folder
   */
  erase(
    ids: readonly string[],
    from: 'bin' | 'anywhere',
  ): Awaitable<{ id: string; sha256: string; storedBytes: number }[]>;
  /** Whether a sound has these bytes, in the bin or not, whosever it is. */
  isUsed(sha256: string): Awaitable<boolean>;
  /** Those of the hashes that it holds for. */
  used(hashes: readonly string[]): Awaitable<string[]>;
  /** Hashes of files that are to be deleted, unless they are used: of erased sounds, and of uploads that came to no end. @param among only of these */
  leftovers(among?: readonly string[]): Awaitable<string[]>;
  /** Makes these bytes a leftover from then on (ISO 8601 UTC), unless they are accepted as a sound's. */
  noteLeftover(sha256: string, from: string): Awaitable<void>;
  forgetLeftovers(hashes: readonly string[]): Awaitable<void>;
}

/** A little space of the disk kept for the moment when it is full: deleting needs some before it frees any. */
export interface Reserve {
  /**
   * Does the work; when the disk is full, once more with the space of the reserve, which is filled again after.
   * @param keepHalf never with the second half of the reserve: it is for work that frees space
   * @throws what the work throws
   */
  use<T>(work: () => T | Promise<T>, options?: { keepHalf: boolean }): Promise<T>;
  /** Makes it as large as it should be, as far as there is space. */
  fill(): Promise<void>;
}
