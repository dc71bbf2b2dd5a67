import path from 'node:path';
import { ConfigError, type Config } from '../config.js';
import { DomainError } from '../domain/errors.js';

/** What a database file, a disk or the system says, and what it means for whoever starts the program. */
const MEANINGS: readonly [codes: RegExp, meaning: (place: string) => string][] = [
  [
    /^SQLITE_(?:CORRUPT|NOTADB|FORMAT)/,
    (place) =>
      `The database traum.db in ${place} is damaged. Keep a copy of it, then restore a backup ` +
      '(docs/operations.md, "Backup and restore"), or set DATA_DIR to an empty folder to begin anew.',
  ],
  [
    /^(?:SQLITE_(?:READONLY|CANTOPEN|PERM|AUTH)|EACCES$|EPERM$|EROFS$)/,
    (place) =>
      `This user may not write to ${place}. Give the folder and everything in it to the user who runs Traum-Engine ` +
      '(chown -R, chmod -R u+rwX), make the disk writable, or set DATA_DIR to another folder.',
  ],
  [
    /^(?:SQLITE_FULL|ENOSPC$|EDQUOT$)/,
    (place) =>
      `The disk that holds ${place} is full. Free some space, or move the folder to a larger disk and set DATA_DIR to it.`,
  ],
  [
    /^SQLITE_BUSY/,
    (place) =>
      `Another program holds the database in ${place} and does not let go. End it (a backup, another Traum-Engine) and start again.`,
  ],
  [
    /^SQLITE_IOERR_GETTEMPPATH$/,
    () =>
      'This user may write to no folder for temporary files. Make /tmp writable (in a container that is read-only: --tmpfs /tmp), or set TMPDIR to a folder that is.',
  ],
  [
    /^(?:SQLITE_(?:IOERR|PROTOCOL|NOLFS)|EIO$)/,
    (place) => `The disk that holds ${place} reports errors. Check it, or set DATA_DIR to a folder on another disk.`,
  ],
  [
    /^(?:ENOENT|ENOTDIR|EISDIR|EEXIST|ELOOP|ENAMETOOLONG|EINVAL|EMFILE|ENFILE)$/,
    (place) => `${place} cannot be used as the data directory. Set DATA_DIR to a folder on an ordinary disk.`,
  ],
];

/**
 * Why a start failed, in one line with its remedy; null for what only a programmer can mend. Paths are told: this is read in the
 * terminal or the log of the one who set them.
 * @param config undefined while a code of the system says nothing of the data directory
 */
export function startProblem(error: unknown, config: Pick<Config, 'dataDir'> | undefined): string | null {
  if (error instanceof DomainError || error instanceof ConfigError) return error.message;
  if (!config) return null;
  const { dataDir } = config;
  const { code, path: place = dataDir } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== 'string') return null;
  if (!isWithin(dataDir, place))
    return `${place} cannot be used. Check that it exists and that this user may read it. (${code})`;
  const meaning = MEANINGS.find(([codes]) => codes.test(code))?.[1];
  return meaning
    ? `${meaning(dataDir)} (${code}${place === dataDir ? '' : `: ${path.relative(dataDir, place)}`})`
    : null;
}

/** The folders above are made along with it. */
const isWithin = (dataDir: string, place: string): boolean =>
  place === dataDir || place.startsWith(dataDir + path.sep) || dataDir.startsWith(place);
