import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { step, Stop } from '../../scripts/lib/report.mjs';

const folder = inRoot('bench', 'peers');

/** Installs what benches compare with, where that was not done since the list changed. */
export async function ensurePeers() {
  const lockfile = path.join(folder, 'package-lock.json');
  const marker = path.join(folder, 'node_modules', '.package-lock.json');
  if (fs.existsSync(marker) && fs.statSync(marker).mtimeMs >= fs.statSync(lockfile).mtimeMs) return;
  await step('Installing what is compared with (bench/peers)', async () => {
    try {
      await promisify(execFile)('npm', ['ci', '--ignore-scripts'], { cwd: folder });
    } catch (error) {
      throw new Stop(`npm could not install bench/peers:\n${error.stderr || error.message}`);
    }
  });
}

/**
 * A package of `bench/peers`.
 * @param {string} name
 */
export function importPeer(name) {
  const file = createRequire(path.join(folder, 'package.json')).resolve(name);
  return import(pathToFileURL(file).href);
}
