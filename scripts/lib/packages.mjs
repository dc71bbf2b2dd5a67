import fs from 'node:fs';
import path from 'node:path';
import { installationMatches, packagesOf } from './lockfile.mjs';
import { inRoot, root } from './paths.mjs';
import { ensureBuildTools } from './programs.mjs';
import { step, Stop } from './report.mjs';
import { quietly, succeeds } from './run.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

const stampFile = inRoot('node_modules', '.traum-stamp');
const nativeModules = ['better-sqlite3', 'hnswlib-node', 'onnxruntime-node'];

/** Whether the npm packages of the lockfile are there, compiled for this Node.js. */
export const hasPackages = () =>
  readStamp(stampFile) === `${hashOf(root, ['package-lock.json'])} ${process.versions.modules}`;

/** Installs the npm packages of the lockfile, unless they are there. */
export async function ensurePackages() {
  if (hasPackages()) return;
  const wanted = hashOf(root, ['package-lock.json']);
  const [installed] = (readStamp(stampFile) ?? '').split(' ');

  if (installed !== wanted && !isInstalled()) {
    await ensureBuildTools();
    await step(
      'Installing npm packages (a minute or two on an idle machine, longer on a busy or small one: some are compiled here)',
      installAll,
      { doing: installing },
    );
  }
  if (!nativeModulesLoad()) {
    await ensureBuildTools();
    await step(`Compiling native packages for Node.js ${process.versions.node}`, rebuildNative);
    if (!nativeModulesLoad()) {
      throw new Stop(
        `The packages ${nativeModules.join(', ')} cannot be loaded, though they were compiled. Delete node_modules and try again; if that does not help, run: node -e "${loadScript}"`,
      );
    }
  }
  writeStamp(stampFile, `${wanted} ${process.versions.modules}`);
}

/** Whether `npm install` run by hand has already brought everything the lockfile names. */
function isInstalled() {
  const hidden = inRoot('node_modules', '.package-lock.json');
  if (!fs.existsSync(hidden)) return false;
  const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
  return installationMatches(read(inRoot('package-lock.json')), read(hidden));
}

const installAll = () =>
  npm(['ci', '--include=dev', '--no-fund', '--no-audit'], 'npm-ci.log', (tail) =>
    /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|network/i.test(tail)
      ? 'The npm packages could not be downloaded. Check the internet connection (or the proxy and registry in your npm settings) and start again.'
      : 'npm could not install the packages. The end of its log:',
  );

/** npm says nothing while it works; what lies there tells how far it is. */
function installing() {
  const wanted = packagesOf(JSON.parse(fs.readFileSync(inRoot('package-lock.json'), 'utf8')));
  const there = wanted.filter((folder) => fs.existsSync(inRoot(folder, 'package.json'))).length;
  return there < wanted.length
    ? `${there} of ${wanted.length} packages are unpacked`
    : 'all packages are unpacked; native ones are compiled';
}

const rebuildNative = () =>
  npm(
    ['rebuild', ...nativeModules, 'msgpackr-extract'],
    'npm-rebuild.log',
    () => 'The native packages could not be compiled. The end of the log:',
  );

/**
 * Runs the npm that started this script, or the one on the PATH.
 * @param {string[]} args
 * @param {string} log
 * @param {(tail: string) => string} failure
 */
async function npm(args, log, failure) {
  const cli = process.env.npm_execpath;
  const [program, prefix] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  await quietly(program, [...prefix, ...args], { log, failure, env: buildEnvironment() });
}

/** @returns {Record<string, string>} */
function buildEnvironment() {
  // onnxruntime-node carries its CPU libraries; its installer would fetch CUDA ones from elsewhere and fail offline.
  const env = { ONNXRUNTIME_NODE_INSTALL: 'skip', JOBS: 'max' };
  // node-gyp downloads the headers of Node.js unless told where they are.
  const prefix = path.resolve(process.execPath, '..', '..');
  const hasHeaders = fs.existsSync(path.join(prefix, 'include', 'node', 'node_api.h'));
  return hasHeaders && !process.env.npm_config_nodedir ? { ...env, npm_config_nodedir: prefix } : env;
}

const loadScript =
  "new (require('better-sqlite3'))(':memory:').close(); require('hnswlib-node'); require('onnxruntime-node')";

const nativeModulesLoad = () => succeeds(process.execPath, ['-e', loadScript], { cwd: inRoot('backend') });
