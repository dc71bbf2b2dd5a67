import { existsSync } from 'node:fs';
import path from 'node:path';
import { DiskMoveJournal } from '../adapters/disk/move-journal.js';
import { makePrivate } from '../adapters/disk/private-directory.js';
import { makeDirectory } from '../adapters/make-directory.js';
import { isDatabaseInUse, openPlace, openRowMove, type OpenPlace } from '../adapters/sql/index.js';
import { acquireInstanceLock } from '../adapters/sql/sqlite/instance-lock.js';
import { ConfigError, loadConfig, type Config } from '../config.js';
import { DomainError } from '../domain/errors.js';
import { FileMove } from '../domain/moving/move-files.js';
import type { LibraryMove } from '../domain/moving/move-library.js';
import { openSoundFiles } from './files.js';
import type { Lifecycle } from './lifecycle.js';

export { moveLibrary, type Faulty } from '../domain/moving/move-library.js';

/** Where a library is to go; what is not named stays where it is. */
export interface Destination {
  /** `postgres://…`, or `sqlite:` with a folder, or with the file `traum.db` in it. */
  to?: string | undefined;
  /** `s3://…`, or a folder. */
  storage?: string | undefined;
}

/** The settings of the library at its new place: each that is another there, and what it is then. */
export type Switched = Record<string, string>;

/**
 * What has to be set when the library is there.
 * @param inFull makes a whole path of a given one
 * @throws ConfigError when no settings could name such a place
 */
export function settingsThere(
  config: Config,
  { to, storage }: Destination,
  inFull: (given: string) => string,
): Switched {
  const switched: Switched = {};
  let folder: string | null = null;
  if (to?.startsWith('sqlite:')) {
    const place = inFull(to.slice('sqlite:'.length));
    folder = place.endsWith('.db') ? path.dirname(place) : place;
    if (place.endsWith('.db') && path.basename(place) !== 'traum.db') {
      throw new ConfigError(`The database has to be called traum.db: --to sqlite:${path.join(folder, 'traum.db')}`);
    }
    if (!config.postgres) {
      throw new ConfigError(
        'This library lies in SQLite already. Another folder is reached with npm run backup and restore.',
      );
    }
    Object.assign(switched, { DATABASE_URL: '', VECTORS: '', DATA_DIR: folder });
  } else if (to !== undefined) {
    if (config.postgres) {
      throw new ConfigError('This library lies in PostgreSQL already. pg_dump and pg_restore bring it to another one.');
    }
    switched['DATABASE_URL'] = to;
  }
  if (storage?.startsWith('s3://')) switched['STORAGE_URL'] = storage;
  else if (storage !== undefined || (folder !== null && folder !== config.dataDir && !config.s3)) {
    const given = storage === undefined ? folder! : inFull(storage);
    const dataDir = path.basename(given) === 'audio' ? path.dirname(given) : given;
    const database = folder ?? (config.postgres || switched['DATABASE_URL'] ? null : config.dataDir);
    if (database !== null && database !== dataDir) {
      throw new ConfigError(
        `Files lie beside the database, in the folder audio: --storage ${path.join(database, 'audio')}, not ${given}.`,
      );
    }
    Object.assign(switched, { STORAGE_URL: '', DATA_DIR: dataDir });
  }
  // Saves only what lies on a disk.
  if (config.backups.directory !== null && (switched['DATABASE_URL'] || switched['STORAGE_URL'])) {
    switched['BACKUP_DIR'] = '';
  }
  return switched;
}

/**
 * Opens both places.
 * @throws ConfigError, DomainError that names cause and remedy
 */
export async function openMove(
  config: Config,
  switched: Switched,
  lifecycle: Lifecycle,
): Promise<LibraryMove & { there: Config }> {
  const there = loadConfig({ ...config.childEnvironment, ...switched });
  if (!config.postgres && !existsSync(config.databasePath)) {
    throw new DomainError(
      'not_found',
      `There is no library in ${config.dataDir}. Set DATA_DIR to the folder of the one to move.`,
    );
  }
  const source = await openPlace(config);
  lifecycle.add('source', () => source.close());
  const rows = isOtherDatabase(config, there) ? await openRows(config, there, source, lifecycle) : null;
  const files = isOtherStorage(config, there) ? await openFiles(config, there, lifecycle) : null;
  if (!rows && !files) throw new ConfigError('The library is there already: nothing is to be moved.');
  return {
    rows,
    files,
    there,
    sounds: () =>
      source.storage.db
        .selectFrom('sounds')
        .select(['id', 'filename', 'sha256', 'size_bytes as sizeBytes'])
        .where((eb) => eb('sha256', 'not in', inPlace(source)))
        .orderBy('sound_key')
        .execute(),
    inPlace: async () => {
      const { sounds } = await source.storage.db
        .selectFrom('sounds')
        .select(({ fn }) => fn.countAll<number>().as('sounds'))
        .where((eb) => eb('sha256', 'in', inPlace(source)))
        .executeTakeFirstOrThrow();
      return sounds;
    },
    claimSource: () => claimed(config, source),
  };
}

/** Contents that lie in imported folders alone. */
const inPlace = ({ storage }: OpenPlace) =>
  storage.db
    .selectFrom('placed_files')
    .select('sha256')
    .where('state', '!=', 'refused')
    .groupBy('sha256')
    .having(({ fn }) => fn.max('kept'), '=', 0);

const isOtherDatabase = (here: Config, there: Config): boolean =>
  here.postgres?.url !== there.postgres?.url || (!there.postgres && here.databasePath !== there.databasePath);

const placeOfFiles = ({ s3, audioDir }: Config): string =>
  s3 ? `s3 ${s3.endpoint ?? ''} ${s3.bucket} ${s3.prefix}` : audioDir;
const isOtherStorage = (here: Config, there: Config): boolean => placeOfFiles(here) !== placeOfFiles(there);

/** The database in words; without the password. */
export const databaseInWords = ({ postgres, databasePath }: Config): string =>
  postgres ? postgres.url.replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, '$1:…@') : databasePath;

async function openRows(config: Config, there: Config, source: OpenPlace, lifecycle: Lifecycle) {
  if (!there.postgres) {
    await makeDirectory(there.dataDir);
    await makePrivate(there.dataDir).catch(() => false);
    const lock = acquireInstanceLock(there.dataDir);
    lifecycle.add('lock of the target', () => lock.release());
  }
  const target = await openPlace(there);
  lifecycle.add('target', () => target.close());
  return openRowMove(source, target, databaseInWords(config));
}

async function openFiles(config: Config, there: Config, lifecycle: Lifecycle): Promise<FileMove> {
  const from = await openSoundFiles(config);
  lifecycle.add('files of the source', () => from.audit.close());
  // What passes through is not kept here: nobody plays it.
  const to = await openSoundFiles(there.s3 ? { ...there, s3: { ...there.s3, cacheBytes: 0 } } : there);
  lifecycle.add('files of the target', () => to.audit.close());
  const journal = new DiskMoveJournal({ directory: config.cacheDir, target: placeOfFiles(there) });
  return new FileMove(from, to, journal);
}

/** A program that was killed seems to live for a while. */
async function claimed({ postgres, dataDir }: Config, { storage }: OpenPlace): Promise<{ release(): void } | null> {
  if (postgres) return (await isDatabaseInUse(storage)) ? null : { release: () => undefined };
  let lock;
  try {
    lock = acquireInstanceLock(dataDir);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'conflict') return null;
    throw error;
  }
  if (!(await isDatabaseInUse(storage))) return lock;
  lock.release();
  return null;
}
