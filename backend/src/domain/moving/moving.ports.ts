import type { AudioStore } from '../library/library.ports.js';
import type { FileAudit } from '../maintenance/maintenance.ports.js';

/** What is going on, for whoever waits; `done` of `of`, which is 0 while nobody knows. */
export interface MoveWork {
  signal: AbortSignal;
  report: (stage: 'rows' | 'words' | 'files' | 'comparing', done: number, of: number) => void;
}

/** The rows of a library on their way to another database. */
export interface RowMove {
  /**
   * Claims the target for this move, or goes on with it. No program starts on it until {@link finish}.
   * @returns whether it had been begun before
   * @throws DomainError `conflict` when something else is there, or somebody uses it
   */
  begin(): Promise<boolean>;
  /** Makes the target what the source is at this moment. @returns how many rows were written or taken away */
  copy(work: MoveWork): Promise<number>;
  /** Reads both and compares numbers and hashes. @returns how many, and which tables differ */
  compare(work: MoveWork): Promise<{ rows: number; differing: string[] }>;
  /** Gives the target free. */
  finish(): Promise<void>;
}

/** Where files are, with a way to look at them. */
export interface FilePlace {
  store: AudioStore;
  audit: FileAudit;
}

/** Remembers which files have arrived and were compared, so that they are not read again. It outlives a crash. */
export interface MoveJournal {
  /** Null when no move to this target was begun. */
  read(): Promise<Set<string> | null>;
  begin(): Promise<void>;
  add(sha256: string): Promise<void>;
  remove(): Promise<void>;
}

/** What the library says of the file of a sound. */
export interface SoundFile {
  id: string;
  filename: string;
  sha256: string;
  sizeBytes: number;
}
