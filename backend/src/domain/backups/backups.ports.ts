import type { DatabaseUpkeep, Run } from '../maintenance/maintenance.ports.js';
import type { Backup } from './backups.types.js';

/** A file of the library, known by its content. */
export interface KnownFile {
  sha256: string;
  sizeBytes: number;
}

/** What a copy of the database says about itself. */
export interface DatabaseContents {
  databaseVersion: number;
  model: string | null;
  /** Of all sounds, those in the bin too. */
  files: KnownFile[];
  /** Files that stay in imported folders, and are in none of the lists. */
  inPlace: number;
}

/** The library's database, and what copies of it say. */
export interface DatabaseSource extends Pick<DatabaseUpkeep, 'backup'> {
  contents(file: string): DatabaseContents;
}

export interface BackupOrder extends DatabaseContents {
  /** The copy of the database. */
  database: string;
  createdAt: string;
  /** Read what lies there already and write it anew where it is damaged. */
  verify: boolean;
}

/** Where backups lie. What is in several of them lies there once. */
export interface BackupPlace {
  readonly encrypted: boolean;
  /** Which place it is; null before the first backup. @throws DomainError when it cannot be read */
  id(): Promise<string | null>;
  /** Newest first; only whole ones. @throws DomainError when the place cannot be read */
  list(): Promise<Backup[]>;
  /**
   * Adds a backup. It is there as a whole when this resolves, and not at all before. Files that are not in the library's folder are
   * named as missing.
   * @throws DomainError `conflict` while another process writes there, `storage_full`
   */
  write(order: BackupOrder, run: Run): Promise<Backup>;
  /** Takes backups away, and what no other one needs. @returns the bytes that are free now */
  remove(ids: readonly string[]): Promise<number>;
}
