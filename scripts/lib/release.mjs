import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { inCache, inRoot } from './paths.mjs';
import { step, Stop } from './report.mjs';
import { collected } from './run.mjs';

const NODE_LINE = 24;
const NPM_LINE = 11;
/** What a server needs: built pages and programs, and from what its packages are installed. */
const PARTS = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  'LICENSE',
  'backend/package.json',
  'backend/dist',
  'frontend/package.json',
  'frontend/build',
  'models/compact-clap',
  'nginx',
  'deploy',
];
const ARCHITECTURES = { x86_64: 'x64', aarch64: 'arm64' };

/**
 * Lays out what deploy/install.sh needs: `release/`, Node.js with npm for that machine, and the release's `id`, which follows from
 * its content.
 * @param {string} folder emptied before
 * @param {string} machine as `uname -m` says
 * @returns {Promise<string>} the id
 */
export async function layOutRelease(folder, machine) {
  const architecture = ARCHITECTURES[machine];
  if (!architecture) throw new Stop(`Node.js ${NODE_LINE} is not made for "${machine}".`);
  fs.rmSync(folder, { recursive: true, force: true });
  for (const part of PARTS) fs.cpSync(inRoot(part), path.join(folder, 'release', part), { recursive: true });
  const node = await fetchPackage(`node-linux-${architecture}`, NODE_LINE);
  const npm = await fetchPackage('npm', NPM_LINE);
  fs.copyFileSync(node, path.join(folder, 'node.tgz'));
  fs.copyFileSync(npm, path.join(folder, 'npm.tgz'));
  return writeId(folder);
}

/** Names the release in a folder by what it is made of. */
export function writeId(folder) {
  const hash = createHash('sha256');
  const release = path.join(folder, 'release');
  for (const name of fs.readdirSync(release, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = path.join(release, name);
    if (fs.statSync(file).isFile()) hash.update(`${name}\0`).update(fs.readFileSync(file));
  }
  hash.update(fs.readFileSync(path.join(folder, 'node.tgz')));
  const { version } = JSON.parse(fs.readFileSync(path.join(release, 'package.json'), 'utf8'));
  const id = `${version}-${hash.digest('hex').slice(0, 12)}`;
  fs.writeFileSync(path.join(folder, 'id'), `${id}\n`);
  return id;
}

/** A package of the npm registry as a file; npm compares it with the hash that the registry states. */
async function fetchPackage(name, line) {
  const place = inCache('deploy', `${name}@${line}`);
  const present = () =>
    fs.existsSync(place) ? fs.readdirSync(place).find((file) => file.endsWith('.tgz')) : undefined;
  if (!present()) {
    fs.mkdirSync(place, { recursive: true });
    await step(`Fetching ${name} ${line}`, async () => {
      const { code, output } = await collected('npm', ['pack', '--silent', `${name}@${line}`], { cwd: place });
      if (code !== 0) throw new Stop(`npm could not fetch ${name} ${line}:\n${output}`);
    });
  }
  return path.join(place, present() ?? '');
}
