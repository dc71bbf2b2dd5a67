import type { Awaitable } from '../awaitable.js';

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

/** Changes of many sounds at once. Each call is one transaction: all of it is made, or nothing. */
export interface BulkRepository {
  /** Adds own tags; takes own tags away, and rejects automatic ones. */
  changeTags(ids: readonly string[], change: TagChange): Awaitable<TagOutcome>;
}
