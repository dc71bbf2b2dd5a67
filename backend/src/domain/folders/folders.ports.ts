import type { Awaitable } from '../awaitable.js';
import type { Readable } from 'node:stream';
import type { FileStamp } from '../library/placed.ports.js';
import type { FileOutcome, Folder, FolderFile, FolderOptions, Listing } from './folders.types.js';

interface Origin {
  folder: string;
  filename: string;
}

/** Folders and what became of their files. */
export interface FolderRepository {
  list(): Awaitable<Folder[]>;
  get(id: string): Awaitable<Folder | null>;
  /** Null when the path is there already. The new folder's scan is pending. */
  add(folder: FolderOptions & { path: string }): Awaitable<Folder | null>;
  change(id: string, change: Partial<FolderOptions>): Awaitable<void>;
  /** Since when it cannot be reached; null when it can again. */
  unplug(id: string, since: string | null): Awaitable<void>;
  /** Forgets the folder and its files. Sounds stay, but those whose files lie in it alone are on their way to the bin. */
  remove(id: string): Awaitable<void>;
  beginScan(id: string): Awaitable<void>;
  /** @param error why it ended early, or null; a finished scan is noted with its time */
  endScan(id: string, result: { finished: boolean; error: string | null }): Awaitable<void>;
  /** What is known of all files of the folder, by path. */
  files(id: string): Awaitable<Map<string, FolderFile>>;
  page(
    id: string,
    request: { outcome: FileOutcome | null; after: string | null; limit: number },
  ): Awaitable<FolderFile[]>;
  record(id: string, file: FolderFile): Awaitable<void>;
  /** How many files, of all folders, are this sound. */
  filesOf(soundId: string): Awaitable<number>;
  /** A sound is called as its file is now, and comes from there, where it was called as the file was before. */
  rename(soundId: string, from: Origin, to: Origin): Awaitable<void>;
  /** Forgets files that are gone. */
  forget(id: string, paths: readonly string[]): Awaitable<void>;
}

/** The server's disk, as far as IMPORT_DIRS opens it. Nothing outside is ever read, whatever links say. */
export interface FolderDisk {
  /** The allowed folders, as they were set. */
  readonly roots: readonly string[];
  /** @returns the absolute path without links @throws DomainError `invalid_input` when it is no allowed folder */
  resolve(path: string): Promise<string>;
  /** Folders in an allowed folder, by name. @throws DomainError `invalid_input` */
  subfolders(path: string): Promise<{ name: string; path: string }[]>;
  /**
   * Audio files below the folder. Links are followed as long as they stay inside; loops are noticed.
   * @param options.from read only these folders, and what is below them outside `known`
   * @throws DomainError `not_found` when the folder cannot be read; `cancelled`
   */
  list(
    folder: string,
    options: {
      recursive: boolean;
      /** Links must stay inside the folder itself. */
      inPlace?: boolean;
      signal: AbortSignal;
      onFound?: (files: number) => void;
      from?: { directories: readonly string[]; known: ReadonlySet<string> };
    },
  ): Promise<Listing>;
  /** Whether the folder can be read and holds anything at all: a drive that is not mounted leaves an empty one. */
  isThere(folder: string): Promise<boolean>;
  /**
   * What a file is like and what it holds, without keeping it.
   * @throws DomainError as {@link open}; `not_ready` when it changes meanwhile
   */
  hash(folder: string, path: string, signal: AbortSignal): Promise<FileStamp & { sha256: string }>;
  /** What a file is like now; null when it is gone. @throws DomainError as {@link open} */
  stamp(folder: string, path: string): Promise<FileStamp | null>;
  /**
   * The bytes of a file; to be destroyed by whoever asked.
   * @throws DomainError `not_found` when it is gone, `unreadable_media` when it may not be read, `invalid_input` when it
   *   leads out; while being read, `not_ready` when it changes, `cancelled`
   */
  open(folder: string, path: string, signal: AbortSignal): Promise<Readable>;
  close(): Promise<void>;
}

/** Tells of changes in folders, one level deep. */
export interface FolderWatch {
  /** Absolute path of a folder in which something changed. */
  onChange: (directory: string) => void;
  /**
   * Watches these as well; one that was replaced by another of the same name is watched anew.
   * @returns those that were not watched before, and how many cannot be
   */
  follow(directories: readonly string[]): { begun: string[]; failed: number };
  drop(directories: readonly string[]): void;
  close(): void;
}
