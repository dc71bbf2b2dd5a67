import type { Awaitable } from '../awaitable.js';
import type { Access, Visibility } from './viewer.js';

/** A sound or a collection that is kept otherwise now. */
export interface AccessChange {
  id: string;
  before: Access;
}

/** How what an owner adds to a folder, or to one below, is kept. */
export interface FolderRule {
  id: string;
  ownerId: string;
  folder: string;
  visibility: Visibility;
  people: readonly string[];
}

/** Whose things are, and who sees them. Each change is one transaction. */
export interface AccessRepository {
  /** Of those that there are, in the bin too. */
  ofSounds(ids: readonly string[]): Awaitable<Map<string, Access>>;
  ofCollections(ids: readonly string[]): Awaitable<Map<string, Access>>;
  /** Of sounds of this owner (null: of anybody). People that have no account are left out. */
  changeSounds(ids: readonly string[], ownerId: string | null, to: Omit<Access, 'ownerId'>): Awaitable<AccessChange[]>;
  changeCollection(id: string, ownerId: string | null, to: Omit<Access, 'ownerId'>): Awaitable<AccessChange | null>;
  /** Own sounds in a folder and below it. */
  soundsIn(ownerId: string, folder: string): Awaitable<string[]>;
  rules(ownerId: string): Awaitable<FolderRule[]>;
  setRule(rule: FolderRule): Awaitable<void>;
  deleteRule(ownerId: string, folder: string): Awaitable<boolean>;
}
