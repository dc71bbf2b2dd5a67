import type { Awaitable } from '../awaitable.js';
import type { Rating, RatingChange, SavedSearch } from './personal.types.js';

/** Favourites, stars and colours, for each owner apart. Those of sounds in the bin are kept and not shown. */
export interface RatingRepository {
  all(ownerId: string): Awaitable<Rating[]>;
  /** What became of those of the sounds that there are; one that says nothing any more is forgotten. */
  change(ownerId: string, soundIds: readonly string[], change: RatingChange): Awaitable<Rating[]>;
}

/** Saved searches, for each owner apart. */
export interface SavedSearchRepository {
  /** Oldest first. */
  all(ownerId: string): Awaitable<SavedSearch[]>;
  /** The same text, mode, order and view again is the same saved search, which gets the new name. */
  save(ownerId: string, search: Omit<SavedSearch, 'updatedAt'>): Awaitable<SavedSearch>;
  /** Null when the owner has none with this id. */
  update(
    ownerId: string,
    id: string,
    patch: { name?: string | undefined; seenAt?: string | undefined },
  ): Awaitable<SavedSearch | null>;
  delete(ownerId: string, id: string): Awaitable<boolean>;
}
