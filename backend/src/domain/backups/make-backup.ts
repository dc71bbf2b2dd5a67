import type { Awaitable } from '../awaitable.js';
import type { BackupStore, Run } from '../maintenance/maintenance.ports.js';
import type { BackupPlace, DatabaseSource } from './backups.ports.js';
import type { Backup, Retention } from './backups.types.js';
import { expired } from './retention.js';

/** Sounds that were deleted for good between the copy of the database and that of their files: then both are taken again. */
const TRIES = 3;

export interface BackupParts {
  place: BackupPlace;
  database: DatabaseSource;
  scratch: Pick<BackupStore, 'begin'>;
  /** Whether the library has a sound with this file now. */
  isKnown?: (sha256: string) => Awaitable<boolean>;
}

/**
 * Makes a backup: a copy of the database as of one moment, then the files that it names, which never change. Afterwards it takes away
 * what need not be kept any longer.
 * @throws DomainError as the place does, and `storage_full` when there is no space for the copy of the database
 */
export async function makeBackup(
  { place, database, scratch, isKnown = () => true }: BackupParts,
  { keep, verify = false }: { keep: Retention; verify?: boolean },
  { signal, report }: { signal: AbortSignal; report: (stage: 'database' | 'files', progress: number) => void },
): Promise<Backup> {
  const run = (stage: 'database' | 'files'): Run => ({ signal, report: (progress) => report(stage, progress) });
  for (let attempt = 1; ; attempt++) {
    const createdAt = new Date().toISOString();
    const copy = await scratch.begin();
    try {
      await database.backup(copy.path, run('database'));
      const order = { ...database.contents(copy.path), database: copy.path, createdAt, verify };
      const backup = await place.write(order, run('files'));
      const deleted = await Promise.all(backup.missing.slice(0, 20).map(async (sha256) => !(await isKnown(sha256))));
      const stale = attempt < TRIES && deleted.includes(true);
      const gone = stale ? [backup.id] : expired(await place.list(), keep);
      if (gone.length > 0) await place.remove(gone);
      if (!stale) return backup;
    } finally {
      await copy.discard();
    }
  }
}
