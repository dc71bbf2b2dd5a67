import { ensureBuild } from './build.mjs';
import { withLock } from './lock.mjs';
import { ensurePackages } from './packages.mjs';
import { inCache } from './paths.mjs';
import { ensureChromium, ensureRuntimePrograms } from './programs.mjs';
import { say } from './report.mjs';

// ONNX Runtime would send usage data to its maker. Set here for everything that these scripts start: its native code reads
// the environment of the process when it is loaded.
process.env.ORT_DISABLE_TELEMETRY = '1';

/**
 * Brings a clone to where it can do something; quick when it already is there. Two scripts started at once in the
 * same clone do this one after the other.
 * @param {{ programs?: boolean, build?: boolean | string[], chromium?: boolean }} [wanted] npm packages are always brought
 * @returns {Promise<{ chromium: string | null }>} the browser's path, where one was asked for
 */
export const prepare = ({ programs = false, build = false, chromium = false } = {}) =>
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
