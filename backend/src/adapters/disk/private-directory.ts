import { chmod, lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

const OTHERS = 0o077;
/** What lies in a data directory and is ours. */
const OURS = /^(?:traum\.db(?:-\w+)?|instance\.lock|reserve|audio|index|cache|backup|models|redis)$/;
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

async function tighten(file: string): Promise<void> {
  const found = await lstat(file).catch(() => null);
  // Gone meanwhile, or a link: what it leads to may be anywhere.
  if (!found || found.isSymbolicLink()) return;
  if (found.isDirectory()) {
    for (const name of await readdir(file)) await tighten(path.join(file, name));
  }
  if ((found.mode & OTHERS) !== 0) await chmod(file, found.mode & 0o700);
}
