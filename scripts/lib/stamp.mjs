import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/**
 * One hash over the names and contents of files and of whole folders, in a fixed order. What does not exist is
 * hashed as missing.
 * @param {string} base paths are taken, and hashed, relative to this folder
 * @param {string[]} entries
 * @param {(relativePath: string) => boolean} [include]
 */
export function hashOf(base, entries, include = () => true) {
  const hash = createHash('sha256');
  for (const entry of entries) {
    for (const file of filesUnder(path.join(base, entry))) {
      const name = path.relative(base, file).split(path.sep).join('/');
      if (!include(name)) continue;
      hash.update(`${name}\0`);
      hash.update(fs.existsSync(file) ? fs.readFileSync(file) : 'missing');
      hash.update('\0');
    }
  }
  return hash.digest('hex');
}

/** @returns {string[]} */
function filesUnder(entry) {
  if (!fs.existsSync(entry) || !fs.statSync(entry).isDirectory()) return [entry];
  return fs
    .readdirSync(entry, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => path.join(item.parentPath ?? item.path, item.name))
    .sort();
}

/**
 * @param {string} file
 * @returns {string | null}
 */
export const readStamp = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : null);

/**
 * @param {string} file
 * @param {string} value
 */
export function writeStamp(file, value) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${value}\n`);
}
