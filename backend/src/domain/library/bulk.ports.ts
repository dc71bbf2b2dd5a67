import type { Awaitable } from '../awaitable.js';
import type { Before } from './edits.js';
import type { SoundPatch } from './library.types.js';

export interface TagChange {
  add: readonly string[];
  remove: readonly string[];
  /** Takes away own tags only: automatic ones stay. */
  ownOnly?: boolean;
}

/** A change that takes another one back, for these sounds. */
export interface TagUndo extends TagChange {
  ids: string[];
  ownOnly: true;
}

/** What became of each sound; every id that was given is in exactly one of the lists. */
export interface TagOutcome {
  /** Has the tags now, whether or not it had them before. */
  done: string[];
  notFound: string[];
  /** A tag that should go is read from the file, and stays; the rest of the change was made. */
  fromFile: string[];
  /** Would have more own tags than a sound may have; nothing was changed. */
  full: string[];
  /** What takes the change back exactly where something was changed; automatic tags that went come back as own ones. */
  undo: TagUndo[];
}

/** The fields that may be the same for many sounds. Null clears one. */
export type FieldChange = Pick<
  SoundPatch,
  'title' | 'artist' | 'album' | 'genre' | 'description' | 'author' | 'licence' | 'bpm' | 'key'
>;

/** A change that takes another one back, for these sounds. */
export interface FieldUndo {
  ids: string[];
  patch: FieldChange;
  before: Before;
}

export interface FieldOutcome {
  /** Has the values now, whether or not it had them before. */
  done: string[];
  notFound: string[];
  /** What takes the change back exactly where something was changed. */
  undo: FieldUndo[];
}

/** Changes of many sounds at once. Each call is one transaction: all of it is made, or nothing. */
export interface BulkRepository {
  /** Adds own tags; takes own tags away, and rejects automatic ones. */
  changeTags(ids: readonly string[], change: TagChange): Awaitable<TagOutcome>;
  /** @param before given where the change takes another one back */
  changeFields(ids: readonly string[], patch: FieldChange, before?: Before): Awaitable<FieldOutcome>;
}
