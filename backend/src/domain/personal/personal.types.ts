import type { SearchMode } from '../search/search.types.js';

/** What somebody thinks of a sound. There is none for a sound that is neither a favourite nor has stars. */
export interface Rating {
  soundId: string;
  favourite: boolean;
  /** 1 to 5; null without. */
  stars: number | null;
}

/** Undefined leaves as it is; null takes the stars away. */
export interface RatingChange {
  favourite?: boolean | undefined;
  stars?: number | null | undefined;
}

/** A search that somebody wants to come back to. */
export interface SavedSearch {
  id: string;
  name: string;
  /** As it stands in the search box. */
  query: string;
  mode: SearchMode;
  /** Sounds that came since then are new to them. ISO 8601 UTC, as the rest. */
  seenAt: string;
  createdAt: string;
  updatedAt: string;
}
