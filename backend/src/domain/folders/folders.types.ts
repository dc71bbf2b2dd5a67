import type { Stated } from '../reasons.js';
export type FileOutcome = 'imported' | 'duplicate' | 'rejected';

/** A folder of the server whose sounds are taken into the library. */
export interface Folder {
  id: string;
  /** Absolute and without links. */
  path: string;
  /** New and changed files are taken as they appear. */
  watch: boolean;
  recursive: boolean;
  /** Its files stay where they are and are only read; else they are copied into the library. */
  inPlace: boolean;
  /** Since when a folder in place cannot be reached, as when its drive was unplugged; null while it can. */
  unpluggedSince: string | null;
  createdAt: string;
  /** When a scan last came to its end. */
  scannedAt: string | null;
  /** A scan is due or was interrupted: it goes on at the next start. */
  pending: boolean;
  /** Why the last scan ended early, for people. */
  error: string | null;
  /** Files by what became of them. */
  counts: Record<FileOutcome, number>;
  /** Of the files that stay there, those that are missing. */
  missing: number;
}

/** What a person chooses for a folder. */
export type FolderOptions = Pick<Folder, 'watch' | 'recursive' | 'inPlace'>;

/** A file as a scan found it; `path` is relative to its folder, with `/` between the parts. */
export interface FoundFile {
  path: string;
  sizeBytes: number;
  modifiedMs: number;
  /** As {@link FileStamp}; absent where it is not asked for. */
  changedMs?: number;
  /** Why it is not even opened, for people. */
  refusal?: Stated;
}

/** What became of a file. It is not looked at again until its size or time changes. */
export interface FolderFile extends FoundFile {
  outcome: FileOutcome;
  /** Why it was rejected, for people. */
  reason: string | null;
  soundId: string | null;
}

export interface ScanProgress {
  state: 'waiting' | 'looking' | 'importing';
  /** Audio files seen so far. */
  found: number;
  /** Of those that are new or changed: how many there are, and how many are done. */
  fresh: number;
  done: number;
  imported: number;
  duplicates: number;
  rejected: number;
  /** Files that are no audio by their names. */
  ignored: number;
}

export interface Listing {
  files: FoundFile[];
  /** Folders that were read, relative; '' is the folder itself. */
  directories: string[];
  /** Folders that were asked for and are no longer there, relative. */
  gone: string[];
  ignored: number;
}
