import type { Visibility } from '../accounts/viewer.js';

/** A list of sounds that a person put together, in an order of their own. */
export interface Collection {
  id: string;
  /** No two that somebody sees have the same, whatever the case and accents. */
  name: string;
  description: string | null;
  /** How many sounds are in it. */
  sounds: number;
  /** Of all of them together, as far as known; seconds. */
  durationS: number;
  ownerId: string;
  visibility: Visibility;
  /** ISO 8601 UTC. */
  createdAt: string;
  updatedAt: string;
}

/** A deleted one that can come back, with its sounds in their order. */
export interface BinnedCollection extends Collection {
  /** ISO 8601 UTC. */
  deletedAt: string;
}

/** Null clears the description; undefined leaves a field. */
export interface CollectionPatch {
  name?: string | undefined;
  description?: string | null | undefined;
}

export interface CollectionListRequest {
  /** Part of the name. */
  text?: string | undefined;
  /** Only collections that hold this sound. */
  soundId?: string | undefined;
  limit: number;
  /** Opaque, from the previous page. */
  cursor?: string | undefined;
}

/** What became of each sound; every id that was given is in exactly one of the lists. */
export interface Added {
  added: string[];
  /** Was in it before; it keeps its place. */
  already: string[];
  notFound: string[];
}

export interface Removed {
  removed: string[];
  notFound: string[];
}
