import { existsSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { ConfigError, type Config } from '../config.js';

/** How long a name of this machine may take to be found: longer, and nobody is there who knows names. */
const NAME_MS = 5_000;

/**
 * Looks at settings that speak of the world outside, before anything is opened or said.
 * @returns what is odd, in words for people, but may be meant
 * @throws ConfigError for what the server cannot run with
 */
export async function preflight({
  host,
  staticDir,
  importDirs,
}: Pick<Config, 'host' | 'staticDir' | 'importDirs'>): Promise<string[]> {
  if (isIP(host) === 0 && !(await isFound(host))) {
    throw new ConfigError(
      `HOST=${host} is not an address of this machine: nothing knows that name. Use 127.0.0.1 or 0.0.0.0.`,
    );
  }
  if (staticDir !== null && !existsSync(path.join(staticDir, 'index.html'))) {
    throw new ConfigError(
      `STATIC_DIR=${staticDir} holds no pages: there is no index.html in it. Build them with npm run build and set ` +
        'STATIC_DIR to frontend/build, or leave it empty: the API is served alone then.',
    );
  }
  return importDirs
    .filter((folder) => !existsSync(folder))
    .map(
      (folder) =>
        `IMPORT_DIRS names ${folder}, which is not there now: nothing is read from it until it is. ` +
        'Plug the drive in or mount it, or mend the path.',
    );
}

const isFound = (name: string): Promise<boolean> =>
  Promise.race([
    lookup(name).then(
      () => true,
      () => false,
    ),
    after(NAME_MS, false, { ref: false }),
  ]);
