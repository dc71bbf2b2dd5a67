import type { SoundColour, SoundSort } from '../library/library.types.js';
import type { SearchMode } from '../search/search.types.js';

/** What somebody thinks of a sound. There is none for a sound that is no favourite and has neither stars nor a colour. */
export interface Rating {
  soundId: string;
  favourite: boolean;
  /** 1 to 5; null without. */
  stars: number | null;
  colour: SoundColour | null;
}

/** Undefined leaves as it is; null takes stars or colour away. */
export interface RatingChange {
  favourite?: boolean | undefined;
  stars?: number | null | undefined;
  colour?: SoundColour | null | undefined;
}

/** A search that somebody wants to come back to. */
export interface SavedSearch {
  id: string;
  name: string;
  /** As it stands in the search box. */
  query: string;
  mode: SearchMode;
  sort: 'relevance' | SoundSort;
  /** Of every sort but `relevance`. */
  order: 'asc' | 'desc';
  /** What is listed: the sounds, or the moments in them. */
  view: 'sounds' | 'moments';
  /** Sounds that came since then are new to them. ISO 8601 UTC, as the rest. */
  seenAt: string;
  createdAt: string;
  updatedAt: string;
}
