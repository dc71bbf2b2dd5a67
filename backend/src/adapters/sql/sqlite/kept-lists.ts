import type { SoundKey } from '../../../domain/library/library.types.js';

/** Keys in all lists together: some 10 MB. */
const MOST_KEYS = 500_000;
/** A list of more than this share is found anew each time, rather than many others. */
const LARGEST_SHARE = 0.1;

/** Lists of sounds by what they were looked up with, those used last, until the library has changed. */
export class KeptLists {
  private lists = new Map<string, readonly SoundKey[]>();
  private keys = 0;
  private stamp: string | null = null;

  constructor(private readonly mostKeys = MOST_KEYS) {}

  /** @param stamp another one when the lists may have changed */
  asOf(stamp: string): this {
    if (this.stamp !== stamp) {
      this.stamp = stamp;
      this.lists.clear();
      this.keys = 0;
    }
    return this;
  }

  get(name: string): readonly SoundKey[] | undefined {
    const list = this.lists.get(name);
    if (list) {
      this.lists.delete(name);
      this.lists.set(name, list);
    }
    return list;
  }

  /** @returns the list */
  keep(name: string, list: readonly SoundKey[]): readonly SoundKey[] {
    if (list.length > LARGEST_SHARE * this.mostKeys) return list;
    this.lists.set(name, list);
    this.keys += sizeOf(list);
    for (const [oldest, other] of this.lists) {
      if (this.keys <= this.mostKeys) break;
      this.lists.delete(oldest);
      this.keys -= sizeOf(other);
    }
    return list;
  }
}

/** An empty list needs room too. */
const sizeOf = (list: readonly SoundKey[]): number => list.length + 10;
