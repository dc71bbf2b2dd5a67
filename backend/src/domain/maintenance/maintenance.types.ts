/** `check`: is everything whole? `rebuild`: the vector index anew. `compact`: give free pages back. `backup`: a copy of the database. */
export const TASK_KINDS = ['check', 'rebuild', 'compact', 'backup'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];
export type TaskState = 'running' | 'completed' | 'failed' | 'cancelled';
/** What a running task is at. */
export type TaskStage = 'database' | 'files' | 'index';

/** Why a file is not what the library says; `unplugged`: it stays in a folder that cannot be reached at the moment. */
export type FileFault = 'missing' | 'wrong_size' | 'damaged' | 'unplugged';

export interface CheckReport {
  kind: 'check';
  /** Whether the content of every file was compared with its hash, and not only its size. */
  hashed: boolean;
  /** What SQLite's own check complains about; empty when the database is whole. */
  complaints: string[];
  filesChecked: number;
  faults: Record<FileFault, number>;
  /** The first of the sounds whose file is at fault. */
  sounds: { soundId: string; filename: string; fault: FileFault }[];
  /** Files with a hash name that belong to no sound. */
  strays: { files: number; bytes: number };
}

export interface CompactReport {
  kind: 'compact';
  beforeBytes: number;
  afterBytes: number;
}

export interface RebuildReport {
  kind: 'rebuild';
  segments: number;
}

export interface BackupReport {
  kind: 'backup';
  sizeBytes: number;
}

export type TaskReport = CheckReport | CompactReport | RebuildReport | BackupReport;

/** A job of upkeep, as `/system/tasks` shows it. */
export interface MaintenanceTask {
  id: string;
  kind: TaskKind;
  state: TaskState;
  stage: TaskStage;
  /** 0..1 of the stage. */
  progress: number;
  /** ISO 8601 UTC. */
  startedAt: string;
  finishedAt: string | null;
  /** For people; null unless failed. */
  error: string | null;
  report: TaskReport | null;
}

/** What takes how much of the disk, in bytes. */
export interface StorageUse {
  audioBytes: number;
  /** Deleted sounds that can be had back, and their files. */
  bin: { sounds: number; bytes: number };
  database: { bytes: number; /** Pages that hold nothing. */ freeBytes: number };
  indexBytes: number;
  modelBytes: number;
  /** Pictures that are made again when they are asked for. */
  cacheBytes: number;
  disk: { freeBytes: number; totalBytes: number };
  sounds: number;
  segments: number;
  backup: StoredBackup | null;
}

export interface StoredBackup {
  sizeBytes: number;
  /** ISO 8601 UTC. */
  createdAt: string;
}
