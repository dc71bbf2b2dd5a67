import type { Awaitable } from '../awaitable.js';

/** Somebody whom tags of sounds name as their artist. */
export interface Artist {
  name: string;
  sounds: number;
  albums: number;
  /** Of one of the sounds; see `Cover`. */
  cover: string | null;
}

export interface Album {
  /** See `albums.ts`. */
  key: string;
  name: string;
  /** Whose it is: as its files say, else the one artist of all its sounds; null for several. */
  artist: string | null;
  sounds: number;
  durationS: number;
  cover: string | null;
}

export const CATALOGUE_SORTS = ['name', 'sounds', 'added'] as const;
/** By name; those with most sounds first; those that got a sound last first. */
export type CatalogueSort = (typeof CATALOGUE_SORTS)[number];

export interface CatalogueRequest {
  /** What names hold; of albums also the name of whose they are. */
  text?: string | undefined;
  sort: CatalogueSort;
  limit: number;
  offset: number;
}

/** What the tags of all sounds together say, as far as the viewer sees these. */
export interface Catalogue {
  /** @param request.name this one alone, however it is spelled */
  artists(request: CatalogueRequest & { name?: string | undefined }): Awaitable<{ items: Artist[]; total: number }>;
  /**
   * @param request.artist with a sound of this artist
   * @param request.key this one alone
   */
  albums(
    request: CatalogueRequest & { artist?: string | undefined; key?: string | undefined },
  ): Awaitable<{ items: Album[]; total: number }>;
}
