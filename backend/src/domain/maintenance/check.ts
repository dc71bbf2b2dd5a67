import type { BinRepository } from '../library/bin.ports.js';
import type { SoundRepository } from '../library/library.ports.js';
import type { FileAudit } from './maintenance.ports.js';
import type { CheckReport } from './maintenance.types.js';

/** How many sounds at fault are named; all are counted. */
const MAX_NAMED = 200;
/** File systems answer several questions at once faster than one after the other. */
const AT_ONCE = 8;

/**
 * Compares every sound with its file.
 * @throws what `signal` was aborted with
 */
export async function checkFiles(
  {
    sounds,
    bin,
    files,
  }: { sounds: Pick<SoundRepository, 'allIds' | 'get'>; bin: Pick<BinRepository, 'hashes'>; files: FileAudit },
  { hash, signal, report }: { hash: boolean; signal: AbortSignal; report: (progress: number) => void },
): Promise<Omit<CheckReport, 'kind' | 'hashed' | 'complaints'>> {
  const startedAt = new Date();
  // Before the sounds and after: what is restored meanwhile is in one of them.
  const known = new Set(await bin.hashes());
  const ids = await sounds.allIds();
  const faults = { missing: 0, wrong_size: 0, damaged: 0, unplugged: 0 };
  const named: CheckReport['sounds'] = [];
  let filesChecked = 0;
  const examine = async (id: string): Promise<void> => {
    const sound = await sounds.get(id);
    if (!sound) return;
    known.add(sound.sha256);
    const fault = await files.examine(sound, { hash, signal });
    filesChecked++;
    // A sound that was deleted meanwhile has taken its file along.
    if (!fault || !(await sounds.get(id))) return;
    faults[fault]++;
    if (named.length < MAX_NAMED) named.push({ soundId: id, filename: sound.filename, fault });
  };
  for (let i = 0; i < ids.length; i += AT_ONCE) {
    signal.throwIfAborted();
    await Promise.all(ids.slice(i, i + AT_ONCE).map(examine));
    report(Math.min(ids.length, i + AT_ONCE) / ids.length);
  }
  for (const sha256 of await bin.hashes()) known.add(sha256);
  return { filesChecked, faults, sounds: named, strays: await files.strays(known, startedAt) };
}
