import { countObjects, countSounds } from './collection.js';
import type { Segments } from './connection.js';

/** Two changes may leave the number of objects as it was. */
const BELIEVED_MS = 60_000;

/**
 * How many sounds a collection has. To count them takes the engine some microseconds for each, to count all objects takes it
 * nothing: while their number stays, so does the answer.
 */
export class Counts {
  private last: { name: string; objects: number; sounds: Promise<number>; until: number } | null = null;

  /** Segments are counted with the mark of how far the collection goes, so that they may be one too many. */
  async of(name: string, collection: Segments): Promise<{ sounds: number; segments: number }> {
    const objects = await countObjects(collection);
    let { last } = this;
    if (last?.name !== name || last.objects !== objects || last.until < Date.now()) {
      last = { name, objects, sounds: countSounds(collection, null), until: Date.now() + BELIEVED_MS };
      this.last = last;
      last.sounds.catch(() => (this.last = null));
    }
    const sounds = await last.sounds;
    return { sounds, segments: objects - sounds };
  }
}
