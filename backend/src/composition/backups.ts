import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DiskBackups } from '../adapters/disk/disk-backups.js';
import { Replacement } from '../adapters/disk/replacement.js';
import { makeDirectory } from '../adapters/make-directory.js';
import { freeBytesOf } from '../adapters/free-space.js';
import {
  checkDatabase,
  contentsOf,
  copyDatabase,
  DATABASE_VERSION,
  isInUse,
  signEverybodyOut,
} from '../adapters/sql/index.js';
import { acquireInstanceLock } from '../adapters/sql/sqlite/instance-lock.js';
import { ThreadVault, Vault } from '../adapters/vault/index.js';
import { ConfigError, type Config } from '../config.js';
import type { Backup } from '../domain/backups/backups.types.js';
import { makeBackup, type BackupParts } from '../domain/backups/make-backup.js';
import { DomainError, isCancelled } from '../domain/errors.js';
import { because } from '../domain/reasons.js';
import { API_VERSION } from '../http/version.js';

type Report = (stage: 'database' | 'files' | 'check', progress: number) => void;
interface Work {
  signal: AbortSignal;
  report: Report;
}

/** How the backups in a folder are reached. @throws ConfigError when the key cannot be read */
async function vaultOptions({ audioDir, backups }: Config, directory: string) {
  return { directory, secret: await secretOf(backups), programVersion: API_VERSION, audioDir };
}

/** Where the server keeps backups; null where no place is set. */
export async function openBackupPlace(config: Config): Promise<ThreadVault | null> {
  const { directory } = config.backups;
  return directory === null ? null : new ThreadVault(await vaultOptions(config, directory));
}

/**
 * Backups from the command line, whether a server runs or not.
 * @throws DomainError `conflict` when the library is not on a disk
 */
export async function buildBackupTools(config: Config, directory: string) {
  if (config.postgres) throw new DomainError('conflict', because('backup_by_postgres'));
  if (config.s3) throw new DomainError('conflict', because('backup_by_storage'));
  const place = new Vault(await vaultOptions(config, directory));
  const parts: BackupParts = {
    place,
    database: {
      backup: (to, run) => copyDatabase(config.databasePath, to, run),
      contents: contentsOf,
    },
    scratch: new DiskBackups({ directory: config.backupDir }),
  };
  return {
    list: () => place.list(),
    backup: (options: { keep: Config['backups']['keep']; verify: boolean }, work: Work) =>
      makeBackup(parts, options, work),
    check: (id: string, { signal, report }: Work) =>
      place.read(id, null, { signal, report: (progress) => report('files', progress) }),
    restore: (id: string, work: Work) => restore(config, place, id, work),
  };
}

export interface Restored {
  backup: Backup;
  /** Folder of the data directory in which the former library lies; null when there was none. */
  aside: string | null;
  /** Accounts, keys and links are as they were then, also those that were taken away since. */
  hasAccounts: boolean;
}

/** Completes a restore that was killed while it exchanged the libraries. @returns undefined when there is none */
export async function completeRestore(config: Config): Promise<{ aside: string | null } | undefined> {
  const replacement = new Replacement(config.dataDir);
  if (!(await replacement.isUnfinished())) return undefined;
  const lock = acquireInstanceLock(config.dataDir);
  try {
    return { aside: await replacement.complete() };
  } finally {
    lock.release();
  }
}

/** Puts a backup in the place of the library: all of it is read, compared with its hashes and checked before anything is replaced. */
async function restore(config: Config, place: Vault, id: string, { signal, report }: Work): Promise<Restored> {
  const { dataDir, databasePath } = config;
  await makeDirectory(dataDir);
  const lock = acquireInstanceLock(dataDir);
  const replacement = new Replacement(dataDir);
  try {
    refuseWhileInUse(databasePath);
    const wanted = (await place.list()).find((backup) => backup.id === id);
    if (!wanted) throw new DomainError('not_found', because('backup_unknown', { backup: id }));
    if (wanted.databaseVersion > DATABASE_VERSION) {
      throw new DomainError('conflict', because('backup_of_newer', { version: wanted.programVersion }));
    }
    await replacement.begin();
    await refuseWithoutSpace(dataDir, wanted.databaseBytes + wanted.audioBytes);
    const { database, audioDir } = replacement;
    const backup = await place.read(id, { database, audioDir }, { signal, report: (part) => report('files', part) });
    await refuseWhatIsIncomplete(backup, { database, audioDir }, { signal, report });
    const hasAccounts = signEverybodyOut(database);
    refuseWhileInUse(databasePath);
    signal.throwIfAborted();
    return { backup, aside: await replacement.exchange(), hasAccounts };
  } catch (error) {
    if (!(await replacement.isUnfinished())) await replacement.discard().catch(() => undefined);
    throw error;
  } finally {
    lock.release();
  }
}

/** It may fit its own hashes, and not what it is a backup of. */
async function refuseWhatIsIncomplete(
  { sounds, missing }: Backup,
  { database, audioDir }: { database: string; audioDir: string },
  { signal, report }: Work,
): Promise<void> {
  const refuse = (what: string): never => {
    throw new DomainError('invalid_input', because('backup_incomplete', { what }));
  };
  const complaints = await checkDatabase(database, { signal, report: (part) => report('check', part) }).catch(
    (error: unknown) => (isCancelled(error) ? Promise.reject(error as Error) : refuse('database')),
  );
  if (complaints.length > 0) refuse(complaints[0]!);
  const { files } = contentsOf(database);
  if (files.length !== sounds) refuse('sounds');
  const lacking = new Set(missing);
  for (const { sha256 } of files) {
    if (lacking.has(sha256)) continue;
    await access(path.join(audioDir, sha256.slice(0, 2), sha256)).catch(() => refuse(sha256));
  }
}

/** Programs that share a data directory in containers hold no lock on it; they say in the database that they live. */
function refuseWhileInUse(databasePath: string): void {
  let inUse = false;
  try {
    inUse = isInUse(databasePath);
  } catch {
    // None, or a damaged one: that is what backups are for.
  }
  if (inUse) throw new DomainError('conflict', because('restore_while_running'));
}

async function refuseWithoutSpace(dataDir: string, neededBytes: number): Promise<void> {
  const freeBytes = await freeBytesOf(dataDir);
  if (freeBytes < neededBytes)
    throw new DomainError('storage_full', because('restore_no_space', { neededBytes, freeBytes }));
}

async function secretOf({ key, keyFile }: Config['backups']): Promise<string | null> {
  if (keyFile === null) return key;
  const text = await readFile(keyFile, 'utf8').catch((error: unknown) => {
    throw new ConfigError(`BACKUP_KEY_FILE cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (text.trim().length < 12) throw new ConfigError('The key in BACKUP_KEY_FILE must have at least 12 characters.');
  return text.trim();
}
