import type { KeptClip } from './query.reader.js';

const KEPT_MS = 24 * 60 * 60 * 1000;
/** A clip is a name and a vector: this many take about a megabyte. */
const MAX_CLIPS = 500;

/**
 * Clips that were sent to be searched with, under short names that can stand in a text. They are kept for a day after
 * their last use, in memory only: a restart forgets them.
 */
export class ClipShelf {
  private readonly kept = new Map<string, { clip: KeptClip; until: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  /** @returns the id by which {@link get} finds it */
  keep(clip: KeptClip): string {
    const id = crypto.randomUUID().slice(0, 8);
    this.put(id, clip);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MAX_CLIPS) break;
      this.kept.delete(oldest);
    }
    return id;
  }

  get(id: string): KeptClip | null {
    const found = this.kept.get(id);
    if (!found) return null;
    this.kept.delete(id);
    if (found.until < this.now()) return null;
    this.put(id, found.clip);
    return found.clip;
  }

  private put(id: string, clip: KeptClip): void {
    this.kept.set(id, { clip, until: this.now() + KEPT_MS });
  }
}
