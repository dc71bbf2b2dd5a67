import { nameOfViewer, type Seen, type Viewer } from '../accounts/viewer.js';
import type { CopyRepository } from '../copies/copies.ports.js';
import type { SoundKey } from '../library/library.types.js';
import type { SoundRepository } from '../library/library.ports.js';
import { LruCache } from '../lru-cache.js';
import { Representatives } from './representatives.js';

/** What of the library there is for one viewer. */
export interface Sight {
  viewer: Viewer;
  /** The change number of the library when it was asked for. */
  change: number;
  /** Keys of the sounds that are kept from them. */
  hidden: readonly SoundKey[];
  /** The copies among the others. */
  standing: Representatives;
}

export interface SightParts {
  sounds: Seen<Pick<SoundRepository, 'hidden'>>;
  copies: Seen<Pick<CopyRepository, 'groups'>>;
}

const MOST_KEPT = 200;

/** The sight of each viewer, read again only when the library has changed. Those from whom nothing is kept share the copies. */
export class Sights {
  private change: number | null = null;
  private kept = new LruCache<string, Promise<Sight>>(MOST_KEPT);
  private all: Promise<Representatives> | null = null;

  constructor(private readonly parts: SightParts) {}

  /** @param change the library's change number: nothing of an earlier one is given */
  of(viewer: Viewer, change: number): Promise<Sight> {
    if (change !== this.change) {
      this.change = change;
      this.kept = new LruCache(MOST_KEPT);
      this.all = null;
    }
    const name = nameOfViewer(viewer);
    const known = this.kept.get(name);
    if (known) return known;
    const { kept } = this;
    const sight = this.read(viewer, change);
    kept.set(name, sight);
    sight.catch(() => {
      kept.delete(name);
      this.all = null;
    });
    return sight;
  }

  private async read(viewer: Viewer, change: number): Promise<Sight> {
    const hidden = await this.parts.sounds(viewer).hidden();
    const standing = hidden.length === 0 ? (this.all ??= this.copiesFor(viewer)) : this.copiesFor(viewer);
    return { viewer, change, hidden, standing: await standing };
  }

  private async copiesFor(viewer: Viewer): Promise<Representatives> {
    return new Representatives(await this.parts.copies(viewer).groups());
  }
}
