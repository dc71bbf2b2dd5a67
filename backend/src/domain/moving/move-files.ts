import { DomainError } from '../errors.js';
import type { FileFault } from '../maintenance/maintenance.types.js';
import type { FilePlace, MoveJournal, MoveWork, SoundFile } from './moving.ports.js';
import type { Faulty } from './move-library.js';

/** Copied at the same time: the network is waited for, not the processor. */
const AT_ONCE = 4;
const LOOKED_AT_ONCE = 16;

/** Files on their way to another place. Bytes are told by their hash, and never change. */
export class FileMove {
  constructor(
    readonly from: FilePlace,
    readonly to: FilePlace,
    readonly journal: MoveJournal,
  ) {}

  /**
   * @param begun whether the target is known to be of this move
   * @throws DomainError `conflict` when files lie there that this move did not bring
   */
  async begin(begun: boolean): Promise<void> {
    if (!begun && (await this.journal.read()) === null) {
      const { files } = await this.to.audit.strays(new Set(), new Date(Date.now() + 86_400_000));
      if (files > 0) {
        throw new DomainError(
          'conflict',
          `${files} audio files lie at --storage already, which this move did not bring. Name an empty place.`,
        );
      }
    }
    await this.journal.begin();
  }
}

/** @returns files that the source does not have as they should be */
export async function copyFiles(move: FileMove, sounds: readonly SoundFile[], work: MoveWork): Promise<Faulty[]> {
  const { to, journal } = move;
  const arrived = (await journal.read()) ?? new Set();
  const faulty: Faulty[] = [];
  let done = 0;
  await inParallel(AT_ONCE, sounds, async (sound) => {
    work.signal.throwIfAborted();
    if (!arrived.has(sound.sha256)) {
      const fault = await copyOne(move, sound, work.signal);
      if (fault === null) await journal.add(sound.sha256);
      else faulty.push({ ...sound, fault });
    }
    work.report('files', ++done, sounds.length);
  });
  // What was deleted for good at the source meanwhile.
  const known = new Set(sounds.map(({ sha256 }) => sha256));
  for (const sha256 of arrived) if (!known.has(sha256)) await to.store.remove(sha256);
  return faulty;
}

async function copyOne({ from, to }: FileMove, sound: SoundFile, signal: AbortSignal): Promise<FileFault | null> {
  const isThere = async (): Promise<boolean> => (await to.audit.examine(sound, { hash: true, signal })) === null;
  if (await isThere()) return null;
  let source;
  try {
    source = await from.store.read(sound.sha256);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return 'missing';
    throw error;
  }
  const received = await to.store.receive(source, Number.MAX_SAFE_INTEGER);
  try {
    if (received.sizeBytes !== sound.sizeBytes) return 'wrong_size';
    if (received.sha256 !== sound.sha256) return 'damaged';
    await received.keep();
  } finally {
    await received.discard();
  }
  if (!(await isThere())) {
    throw new DomainError('internal', `--storage does not give back what was written to it (${sound.sha256}).`);
  }
  return null;
}

/** Looks at each file once more. @throws DomainError when one is not there */
export async function filesAtTarget(
  { to }: FileMove,
  sounds: readonly SoundFile[],
  left: readonly Faulty[],
  { signal, report }: MoveWork,
): Promise<{ files: number; bytes: number }> {
  const absent = new Set(left.map(({ sha256 }) => sha256));
  const expected = sounds.filter(({ sha256 }) => !absent.has(sha256));
  let [done, bytes] = [0, 0];
  await inParallel(LOOKED_AT_ONCE, expected, async (sound) => {
    signal.throwIfAborted();
    const fault = await to.audit.examine(sound, { hash: false, signal });
    if (fault !== null) {
      throw new DomainError(
        'conflict',
        `The file of "${sound.filename}" (${sound.sha256}) was taken away from --storage or changed there after it had been copied. ` +
          'See what else uses that place; then begin anew with an empty one.',
      );
    }
    bytes += sound.sizeBytes;
    report('comparing', ++done, expected.length);
  });
  return { files: expected.length, bytes };
}

async function inParallel<T>(most: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  let failed = false;
  const one = async (): Promise<void> => {
    for (const item of left) {
      if (failed) return;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  // Nothing goes on in the background when one fails.
  const ended = await Promise.allSettled(Array.from({ length: most }, one));
  const failure = ended.find((end) => end.status === 'rejected');
  if (failure) throw failure.reason;
}
