import type { Awaitable } from '../awaitable.js';

/**
 * `there`: where it was seen last. `missing`: it was not there when its folder was looked through. `away`: missing for so long, or its
 * folder no longer imported, that its sound went into the bin; it comes back with the file. `refused`: its sound was deleted by somebody.
 */
export type PlacedState = 'there' | 'missing' | 'away' | 'refused';

/** What a file looked like when it was read: as long as all of it is the same, so is the content. */
export interface FileStamp {
  sizeBytes: number;
  modifiedMs: number;
  /** Of the file itself, also by those who set back its time; some file systems tell another one after each mounting. */
  changedMs: number;
}

/** Content that stays where it is, in an imported folder. */
export interface PlacedFile extends FileStamp {
  folderId: string;
  /** Relative to the folder, with `/` between the parts. */
  path: string;
  sha256: string;
  state: PlacedState;
  /** Since when. ISO 8601 UTC. */
  since: string;
  /** The library has a copy as well. */
  kept: boolean;
}

/** Where it is to be found: in the folder at `root`. */
export type FoundPlace = PlacedFile & { root: string };

/** Which content lies where in the folders that stay where they are. */
export interface PlacedFiles {
  /** Where this content lies in folders that are imported. */
  placesOf(sha256: string): Awaitable<FoundPlace[]>;
  /** All of a folder, by their paths: one path may have had several contents. */
  of(folderId: string): Awaitable<PlacedFile[]>;
  /** From now on this content is there. */
  put(file: Omit<PlacedFile, 'state' | 'since'>): Awaitable<void>;
  /** The same content with other times. */
  restamp(file: Pick<PlacedFile, 'folderId' | 'path' | 'sha256'>, stamp: FileStamp): Awaitable<void>;
  /** These paths are there no longer. */
  gone(folderId: string, paths: readonly string[]): Awaitable<void>;
  /**
   * The content of this path is this one: what was there before is missing from now on, and where the same content was missing
   * elsewhere, it has been moved. @returns where it was moved from; without a root where that folder is not imported any more
   */
  settle(folderId: string, path: string, sha256: string): Awaitable<{ root: string | null; path: string }[]>;
  /** Forgets that the content was there, unless a sound has it, in the bin or not. */
  drop(file: Pick<PlacedFile, 'folderId' | 'path' | 'sha256'>): Awaitable<void>;
  /** Forgets a path: its content has been copied into the library. */
  release(folderId: string, path: string): Awaitable<void>;
  /** The library has a copy of this content now. */
  kept(sha256: string): Awaitable<void>;
  /** Whether somebody deleted the sound with this content of this folder. */
  isRefused(folderId: string, sha256: string): Awaitable<boolean>;
  /** Somebody deleted it, before the folder stayed in its place. */
  refuse(file: Omit<PlacedFile, 'state' | 'since' | 'kept'>): Awaitable<void>;
  /** Whether the sound with this content went into the bin for the lack of its file. */
  isAway(sha256: string): Awaitable<boolean>;
  /** Whether there is such a sound, in the bin or not. */
  hasSound(soundId: string): Awaitable<boolean>;
  /** Sounds of the library, at most `limit`, whose file has been missing since then or longer wherever it lay. */
  overdue(before: string, limit: number): Awaitable<{ soundId: string; sha256: string }[]>;
  /** Their sounds go into the bin for the lack of these. */
  putAway(hashes: readonly string[]): Awaitable<void>;
  /**
   * Sounds of the folder whose processing failed because their file could not be had, and that have one again.
   * @param which `unplugged`: only those that failed because all of the folder could not be reached
   */
  failedForLack(folderId: string, which: { unplugged: boolean }): Awaitable<string[]>;
  /** The same sounds, where they failed for the model that is being changed to, are embedded with it after all. */
  embedAgain(folderId: string, which: { unplugged: boolean }): Awaitable<void>;
}
