/** A backup of the whole library as of one moment, as the place where it lies says of it. */
export interface Backup {
  id: string;
  /** ISO 8601 UTC: the moment that it holds. */
  createdAt: string;
  /** The program that made it. */
  programVersion: string;
  /** How many steps its database has been migrated by. */
  databaseVersion: number;
  /** The model that searches were answered with, which a new machine needs too; null before the first start. */
  model: string | null;
  sounds: number;
  audioBytes: number;
  databaseBytes: number;
  /** What had to be written for it, the rest lay there already. */
  addedBytes: number;
  tookMs: number;
  /** Hashes of files that the library itself lacked. */
  missing: string[];
  /** Files that stay in imported folders, and are not in it. */
  inPlace: number;
  /** The place that it lies in: another one has another id. */
  placeId: string;
}

/** How many backups stay: the newest of each of the last so many days, weeks and months that have one. */
export interface Retention {
  days: number;
  weeks: number;
  months: number;
}

export interface BackupSettings {
  /** Made by itself when the last good one is so old; 0: only when somebody asks. */
  everyMs: number;
  keep: Retention;
}

export interface BackupStatus {
  /** Whether a place is set. */
  configured: boolean;
  encrypted: boolean;
  everyH: number;
  keep: Retention;
  /** Newest first. */
  items: Backup[];
  /** Age of the newest, seconds; null without one. */
  ageS: number | null;
  /** It is time that somebody looks: there is none, it is too old, or the place cannot be read. */
  overdue: boolean;
  /** Why the place cannot be read, for people; null when it can. */
  problem: string | null;
}
