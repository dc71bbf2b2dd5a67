import type { Stats } from 'node:fs';
import { chmod, lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

const OTHERS = 0o077;
/** What lies in a data directory and is ours. */
const OURS =
  /^(?:traum\.db(?:-\w+)?|instance\.lock|reserve|audio|index|cache|backup|models|redis|restore|before-restore-[\dT-]+)$/;
/** What may lie there besides, in a clone of the repository or on a fresh disk. */
const HARMLESS = /^(?:\..*|README\.md|lost\+found)$/;

/**
 * Makes a data directory, and what earlier versions wrote into it, readable for its owner alone. What is new is so
 * because of the umask. A folder in which other things lie is left as it is: others may have business there.
 * @returns false when it was left open
 */
export async function makePrivate(directory: string): Promise<boolean> {
  const { mode } = await lstat(directory);
  if ((mode & OTHERS) === 0) return true;
  const names = await readdir(directory);
  for (const name of names.filter((each) => OURS.test(each))) await tighten(path.join(directory, name));
  if (!names.every((name) => OURS.test(name) || HARMLESS.test(name))) return false;
  // Last: while it is open, an interrupted run is taken up again at the next start.
  await chmod(directory, 0o700);
  return true;
}

/** What lies in a folder of models besides models: parts of those that are being installed. */
const PARTS = '.partial';

/**
 * Makes models that this user installed readable for this user alone. What came with the program is left as it is, and so is what
 * another user put there, who decides who may read it; a folder that is not there, or cannot be changed, is no failure.
 * @param bundled names of models that came with the program
 */
export async function makeModelsPrivate(directory: string, bundled: readonly string[]): Promise<void> {
  const names = await readdir(directory).catch((): string[] => []);
  for (const name of names.filter((each) => !bundled.includes(each))) {
    const place = path.join(directory, name);
    const isModel = name === PARTS || (await found(path.join(place, 'manifest.json'))) !== null;
    if (!isModel || (await found(place))?.uid !== process.getuid?.()) continue;
    // A disk that is read-only, say.
    await tighten(place).catch(() => undefined);
  }
}

async function tighten(file: string): Promise<void> {
  const entry = await found(file);
  // Gone meanwhile, or a link: what it leads to may be anywhere.
  if (!entry || entry.isSymbolicLink()) return;
  if (entry.isDirectory()) {
    for (const name of await readdir(file)) await tighten(path.join(file, name));
  }
  if ((entry.mode & OTHERS) !== 0) await chmod(file, entry.mode & 0o700);
}

const found = (file: string): Promise<Stats | null> => lstat(file).catch(() => null);
