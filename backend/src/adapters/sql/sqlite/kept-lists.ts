import type { SoundKey } from '../../../domain/library/library.types.js';
import { LruCache } from '../../../domain/lru-cache.js';

/** Keys in all lists together: some 10 MB. */
const MOST_KEYS = 500_000;
/** A list of more than this share is found anew each time, rather than many others. */
const LARGEST_SHARE = 0.1;

/** Lists of sounds by what they were looked up with, those used last, until the library has changed. */
export class KeptLists {
  private readonly lists: LruCache<string, readonly SoundKey[]>;
  private stamp: string | null = null;

  constructor(private readonly mostKeys = MOST_KEYS) {
    this.lists = new LruCache(mostKeys, sizeOf);
  }

  /** @param stamp another one when the lists may have changed */
  asOf(stamp: string): this {
    if (this.stamp !== stamp) {
      this.stamp = stamp;
      this.lists.clear();
    }
    return this;
  }

  get(name: string): readonly SoundKey[] | undefined {
    return this.lists.get(name);
  }

  /** @returns the list */
  keep(name: string, list: readonly SoundKey[]): readonly SoundKey[] {
    if (list.length <= LARGEST_SHARE * this.mostKeys) this.lists.set(name, list);
    return list;
  }
}

/** An empty list needs room too. */
const sizeOf = (list: readonly SoundKey[]): number => list.length + 10;
