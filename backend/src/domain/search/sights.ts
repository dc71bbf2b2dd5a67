import { nameOfViewer, type Seen, type Viewer } from '../accounts/viewer.js';
import type { CopyRepository } from '../copies/copies.ports.js';
import type { SoundRepository } from '../library/library.ports.js';
import { LruCache } from '../lru-cache.js';
import { Representatives } from './representatives.js';

/** What of the library there is for one viewer. */
export interface Sight {
  viewer: Viewer;
  /** The change number of the library when it was asked for. */
  change: number;
  /** Keys of the sounds that are kept from them. */
  hidden: Int32Array;
  /** The copies among the others. */
  standing: Representatives;
}

export interface SightParts {
  sounds: Seen<Pick<SoundRepository, 'hidden'>>;
  copies: Seen<Pick<CopyRepository, 'groups'>>;
}

/** Of all sights together: two hundred, or fewer where much is kept from people (80 of 100,000 hidden sounds each). */
const MOST_BYTES = 32_000_000;
/** A sight counts as this much at least. */
const LEAST_BYTES = 160_000;
const BYTES_OF_HIDDEN = 4;
const BYTES_OF_COPY = 100;

/** A sight, or the reading of it, with the bytes that it needs as far as they are known. */
interface Kept {
  sight: Promise<Sight>;
  bytes: number;
}

/** The sight of each viewer, read again only when the library has changed. Those from whom nothing is kept share the copies. */
export class Sights {
  private change: number | null = null;
  private readonly kept: LruCache<string, Kept>;
  private all: Promise<Representatives> | null = null;

  /** @param mostBytes of all sights that are kept */
  constructor(
    private readonly parts: SightParts,
    mostBytes = MOST_BYTES,
  ) {
    this.kept = new LruCache(mostBytes, ({ bytes }) => bytes);
  }

  /** @param change the library's change number: nothing of an earlier one is given */
  of(viewer: Viewer, change: number): Promise<Sight> {
    if (change !== this.change) {
      this.change = change;
      this.kept.clear();
      this.all = null;
    }
    const name = nameOfViewer(viewer);
    const known = this.kept.get(name);
    if (known) return known.sight;
    const sight = this.read(viewer, change);
    const entry = { sight, bytes: LEAST_BYTES };
    const { kept } = this;
    kept.set(name, entry);
    sight.then(
      (read) => {
        if (kept.get(name) === entry) kept.set(name, { sight, bytes: bytesOf(read) });
      },
      () => {
        if (kept.get(name) === entry) kept.delete(name);
        this.all = null;
      },
    );
    return sight;
  }

  private async read(viewer: Viewer, change: number): Promise<Sight> {
    const hidden = Int32Array.from(await this.parts.sounds(viewer).hidden());
    const standing = hidden.length === 0 ? (this.all ??= this.copiesFor(viewer)) : this.copiesFor(viewer);
    return { viewer, change, hidden, standing: await standing };
  }

  private async copiesFor(viewer: Viewer): Promise<Representatives> {
    return new Representatives(await this.parts.copies(viewer).groups());
  }
}

/** Those from whom nothing is kept share the copies. */
const bytesOf = ({ hidden, standing }: Sight): number =>
  Math.max(LEAST_BYTES, BYTES_OF_HIDDEN * hidden.length + (hidden.length > 0 ? BYTES_OF_COPY * standing.size : 0));
