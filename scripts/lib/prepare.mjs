import fs from 'node:fs';
import { ensureBuild, isBuilt } from './build.mjs';
import { withLock } from './lock.mjs';
import { ensurePackages, hasPackages } from './packages.mjs';
import { cacheDir, inCache, root } from './paths.mjs';
import { ensureChromium, ensureRuntimePrograms, hasRuntimePrograms } from './programs.mjs';
import { say, Stop } from './report.mjs';

// ONNX Runtime would send usage data to its maker. Set here for everything that these scripts start: its native code reads
// the environment of the process when it is loaded.
process.env.ORT_DISABLE_TELEMETRY = '1';

/**
 * Brings a clone to where it can do something; quick when it already is there. Two scripts started at once in the
 * same clone do this one after the other.
 * @param {{ programs?: boolean, build?: boolean | string[], chromium?: boolean }} [wanted] npm packages are always brought
 * @returns {Promise<{ chromium: string | null }>} the browser's path, where one was asked for
 */
export const prepare = async ({ programs = false, build = false, chromium = false } = {}) => {
  if (!chromium && isReady({ programs, build })) return { chromium: null };
  if (!isWritable()) {
    throw new Stop(
      `Something has to be installed or built here first, but this user may not write to ${root}. Run "npm start" once as the user that owns it, stop it with Ctrl-C, and start again.`,
    );
  }
  return prepareLocked({ programs, build, chromium });
};

/** Whether there is nothing to do. Nothing is written for it: what is built is often owned by another user, or read-only. */
const isReady = ({ programs, build }) =>
  (!programs || hasRuntimePrograms()) && hasPackages() && (!build || isBuilt(build === true ? undefined : build));

function isWritable() {
  try {
    fs.accessSync(fs.existsSync(cacheDir) ? cacheDir : root, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const prepareLocked = ({ programs, build, chromium }) =>
  withLock(
    inCache('prepare.lock'),
    async () => {
      if (programs) await ensureRuntimePrograms();
      await ensurePackages();
      if (build) await ensureBuild(build === true ? undefined : build);
      return { chromium: chromium ? await ensureChromium() : null };
    },
    { onWait: (pid) => say(`Another start (process ${pid}) is preparing this folder; waiting for it …`) },
  );
