import type { Awaitable } from '../awaitable.js';

/** A rule: everything that comes from this folder, or from below it, gets these tags. */
export interface FolderTags {
  /** As sounds say where they came from: `Drums/Kicks`. In any letter case it is the same folder. */
  folder: string;
  tags: readonly string[];
}

export interface FolderTagsRepository {
  /** By folder. */
  all(): Awaitable<FolderTags[]>;
  get(folder: string): Awaitable<FolderTags | null>;
  /** The rules of this folder and of those above it. */
  above(folder: string): Awaitable<FolderTags[]>;
  /** In place of what was said of this folder before. */
  set(rule: FolderTags): Awaitable<void>;
  /** Whether there was one. */
  delete(folder: string): Awaitable<boolean>;
}
