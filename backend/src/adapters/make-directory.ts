import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a folder for this user alone, and those above it. Node's own way never ends where the system says of a place, over and
 * over, that it does not exist: under /proc.
 */
export async function makeDirectory(directory: string): Promise<void> {
  const make = async (): Promise<void> => void (await mkdir(directory, { mode: 0o700 }));
  try {
    await make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const above = path.dirname(directory);
    if (code === 'ENOENT' && above !== directory) {
      await makeDirectory(above);
      await make();
    } else if (!(await isDirectory(directory))) throw error;
  }
}

const isDirectory = (place: string): Promise<boolean> =>
  stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
