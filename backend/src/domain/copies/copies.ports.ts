import type { Awaitable } from '../awaitable.js';
import type { SoundKey } from '../library/library.types.js';

/** Which sounds are copies of each other. What is best is told from what there is, so that nothing changes by deleting. */
export interface CopyRepository {
  /** Groups of at least two sounds, the best of each first. */
  groups(): Awaitable<SoundKey[][]>;
  /** The same, those first that take the most space without need. */
  largest(
    limit: number,
    offset: number,
  ): Awaitable<{
    groups: { keys: SoundKey[]; freeableBytes: number }[];
    total: number;
    extraSounds: number;
    freeableBytes: number;
  }>;
  /** The sounds of this one's group, best first; itself alone where it has none. */
  groupOf(key: SoundKey): Awaitable<SoundKey[]>;
  /** How many other sounds are copies of each of these; those without any are left out. */
  counts(keys: readonly SoundKey[]): Awaitable<Map<SoundKey, number>>;
}
