import type { Readable } from 'node:stream';
import type { FileFault, StoredBackup } from './maintenance.types.js';

/** How long work tells how far it is (0..1), and hears that it should stop. */
export interface Run {
  signal: AbortSignal;
  report: (progress: number) => void;
}

/** Care of the database file. Every call works in a thread of its own while the library is used. */
export interface DatabaseUpkeep {
  size(): Promise<{ bytes: number; freeBytes: number }>;
  /** What is wrong with the file, in the database's own words; empty when it is whole. */
  check(run: Run): Promise<string[]>;
  /** True for a database of old, which {@link compact} has to write anew as a whole, holding up writers meanwhile. */
  rewrites(): boolean;
  /** Gives free pages back to the disk. */
  compact(run: Run): Promise<{ beforeBytes: number; afterBytes: number }>;
  /** A consistent copy as of one moment, while others go on writing. */
  backup(file: string, run: Run): Promise<void>;
}

/** Looks whether stored files are what the library says. */
export interface FileAudit {
  /** Null when the file is as it should be. @param hash read it all and compare the content too */
  examine(
    file: { sha256: string; sizeBytes: number },
    options: { hash: boolean; signal: AbortSignal },
  ): Promise<FileFault | null>;
  /** Files named like content, not `known` and older than `before`. */
  strays(known: ReadonlySet<string>, before: Date): Promise<{ files: number; bytes: number }>;
  close(): Promise<void>;
}

/** Keeps the newest copy of the database until it is downloaded or replaced. */
export interface BackupStore {
  current(): Promise<StoredBackup | null>;
  /** A name to write to; `keep` puts it in the place of the former one. */
  begin(): Promise<{ path: string; keep(): Promise<StoredBackup>; discard(): Promise<void> }>;
  read(): Readable;
}

/** Sizes of folders and of the disk below them, bytes. */
export interface StorageMeter {
  folders(): Promise<{ indexBytes: number; modelBytes: number; cacheBytes: number }>;
  disk(): Promise<{ freeBytes: number; totalBytes: number }>;
}
