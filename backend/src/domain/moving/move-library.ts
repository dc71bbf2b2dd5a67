import { DomainError } from '../errors.js';
import type { FileFault } from '../maintenance/maintenance.types.js';
import { copyFiles, filesAtTarget, type FileMove } from './move-files.js';
import type { MoveWork, RowMove, SoundFile } from './moving.ports.js';

export interface LibraryMove {
  /** Null: the rows stay where they are. */
  rows: RowMove | null;
  /** Null: the files stay where they are. */
  files: FileMove | null;
  /** All sounds that the source keeps the files of, those in the bin too. */
  sounds(): Promise<SoundFile[]>;
  /** How many there are beside them whose files stay in imported folders. */
  inPlace(): Promise<number>;
  /** Keeps every program off the source; null while one uses it. */
  claimSource(): Promise<{ release(): void } | null>;
}

export type Faulty = SoundFile & { fault: FileFault };

export type Moved =
  /** All of it as of a moment ago; what has changed since then is copied when nobody uses the source. */
  | { state: 'living' }
  /** All but these files, which the source itself no longer has as they were. */
  | { state: 'damaged'; files: Faulty[] }
  | { state: 'complete'; sounds: number; inPlace: number; rows: number; files: number; bytes: number; left: Faulty[] };

/**
 * Copies a library to where it is to be from now on. It may be used meanwhile, and be interrupted: the next call goes on with it. Only
 * when nobody uses the source is the rest copied, all of it compared, and the target given free.
 * @param options.leaveDamaged a file that the source does not have whole is no reason not to end
 * @throws DomainError that names cause and remedy
 */
export async function moveLibrary(
  move: LibraryMove,
  options: { leaveDamaged: boolean },
  work: MoveWork,
): Promise<Moved> {
  const { rows, files } = move;
  const resumed = (await rows?.begin()) ?? false;
  await files?.begin(resumed);
  let claim = await move.claimSource();
  try {
    let damaged = await copyAll(move, work);
    if (claim === null) {
      claim = await move.claimSource();
      if (claim === null) return { state: 'living' };
      damaged = await copyAll(move, work);
    }
    if (damaged.length > 0 && !options.leaveDamaged) return { state: 'damaged', files: damaged };
    const compared = (await rows?.compare(work)) ?? { rows: 0, differing: [] };
    if (compared.differing.length > 0) {
      throw new DomainError(
        'conflict',
        `These tables are not the same at both places: ${compared.differing.join(', ')}. Something writes to one of them. Stop it, and run this again.`,
      );
    }
    const sounds = await move.sounds();
    const arrived = files ? await filesAtTarget(files, sounds, damaged, work) : { files: 0, bytes: 0 };
    await rows?.finish();
    await files?.journal.remove();
    const inPlace = await move.inPlace();
    return {
      state: 'complete',
      sounds: sounds.length + inPlace,
      inPlace,
      rows: compared.rows,
      ...arrived,
      left: damaged,
    };
  } finally {
    claim?.release();
  }
}

/** Rows first: a file that comes after its row is known there, and leaves with it. */
async function copyAll(move: LibraryMove, work: MoveWork): Promise<Faulty[]> {
  await move.rows?.copy(work);
  return move.files ? copyFiles(move.files, await move.sounds(), work) : [];
}
