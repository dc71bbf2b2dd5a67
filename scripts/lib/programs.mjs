import fs from 'node:fs';
import { createRequire } from 'node:module';
import { inRoot } from './paths.mjs';
import { step, Stop } from './report.mjs';
import { openly, quietly, succeeds, which } from './run.mjs';

/**
 * @typedef {{ programs: string[], apt: string | string[], brew: string, why: string }} Need
 *   `programs`: all must be on the PATH; `apt`, `brew`: the package that brings them, or several
 */

/** @type {Need[]} */
const runtimeNeeds = [
  { programs: ['ffmpeg', 'ffprobe'], apt: 'ffmpeg', brew: 'ffmpeg', why: 'reads audio files' },
  { programs: ['redis-server'], apt: 'redis-server', brew: 'redis', why: 'keeps the job queue' },
];

/** @type {Need[]} */
const buildNeeds = [
  { programs: ['g++'], apt: 'g++', brew: 'gcc', why: 'compiles native packages' },
  { programs: ['make'], apt: 'make', brew: 'make', why: 'compiles native packages' },
  { programs: ['python3'], apt: 'python3', brew: 'python3', why: 'compiles native packages' },
];

/** ffmpeg and, unless REDIS_URL names another one, redis-server. */
const presentNeeds = () =>
  process.env.REDIS_URL ? runtimeNeeds.filter((need) => need.apt !== 'redis-server') : runtimeNeeds;

export const ensureRuntimePrograms = () => ensure(presentNeeds());

export const hasRuntimePrograms = () => presentNeeds().every((need) => need.programs.every(which));

/** What npm packages without ready-made binaries are compiled with. */
export const ensureBuildTools = () => ensure(buildNeeds);

/**
 * A Chromium for the browser tests: `CHROMIUM_PATH`, else one that is installed, else one is installed.
 * @returns {Promise<string>} its path
 */
export async function ensureChromium() {
  const given = process.env.CHROMIUM_PATH;
  if (given) {
    if (works(given)) return given;
    throw new Stop(`CHROMIUM_PATH is ${given}, but that does not start. Point it at Chromium or Chrome, or unset it.`);
  }
  const found = installedChromium();
  if (found) return found;
  if (which('apt-get') && isDebian()) {
    // With the fonts that it recommends: pages are laid out as most people see them before their own font has come.
    const apt = ['chromium', 'fonts-liberation'];
    await ensure([{ programs: ['chromium'], apt, brew: 'chromium', why: 'runs the browser tests' }]);
  } else {
    await downloadChromium();
  }
  const installed = installedChromium();
  if (!installed)
    throw new Stop('Chromium was installed but does not start. Set CHROMIUM_PATH to a Chromium or Chrome that does.');
  return installed;
}

function installedChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const apps = ['Google Chrome', 'Chromium'].map((app) => `/Applications/${app}.app/Contents/MacOS/${app}`);
  const candidates = [...names.map(which), ...apps, playwrightChromium()];
  // Ubuntu's `chromium-browser` may be a stub that asks for snap: only one that answers counts.
  return candidates.find((file) => file && fs.existsSync(file) && works(file)) ?? null;
}

const works = (file) => succeeds(file, ['--version']);

const isDebian = () =>
  fs.existsSync('/etc/os-release') && /^ID=["']?debian/m.test(fs.readFileSync('/etc/os-release', 'utf8'));

function playwrightChromium() {
  try {
    return createRequire(inRoot('package.json'))('@playwright/test').chromium.executablePath();
  } catch {
    return null;
  }
}

const downloadChromium = () =>
  step('Downloading Chromium for the browser tests (150 MB)', async () => {
    const withSystemLibraries = process.platform === 'linux' && administrator() !== null ? ['--with-deps'] : [];
    await quietly('npx', ['playwright', 'install', ...withSystemLibraries, 'chromium'], {
      log: 'chromium.log',
      failure: () =>
        'Chromium for the browser tests could not be downloaded. Install Chromium or Chrome, or set CHROMIUM_PATH to one.',
    });
  });

/**
 * Installs what is missing with the system's package manager.
 * @param {Need[]} needs
 * @throws Stop with the exact command where this script cannot do it
 */
async function ensure(needs) {
  const missing = needs.filter((need) => !need.programs.every(which));
  if (missing.length === 0) return;
  const reasons = [...new Set(missing.map((need) => need.why))].join(', ');
  if (process.platform === 'darwin' && which('brew')) {
    const packages = missing.map((need) => need.brew);
    await step(`Installing ${packages.join(', ')} with Homebrew (${reasons})`, () =>
      quietly('brew', ['install', ...packages], {
        log: 'brew.log',
        env: { HOMEBREW_NO_AUTO_UPDATE: '1' },
        failure: () => `Homebrew could not install them. Try: brew install ${packages.join(' ')}`,
      }),
    );
  } else if (process.platform === 'linux' && which('apt-get')) {
    await installWithApt(
      missing.flatMap((need) => need.apt),
      reasons,
    );
  } else {
    const names = missing.flatMap((need) => need.programs).join(', ');
    throw new Stop(
      `These programs are missing: ${names} (${reasons}). Install them with your system's package manager and start again.`,
    );
  }
  const absent = missing.flatMap((need) => need.programs).filter((name) => !which(name));
  if (absent.length > 0)
    throw new Stop(`${absent.join(', ')} should be installed now but cannot be found on the PATH.`);
}

/**
 * How to act as root: a command prefix, or null when that is not possible without asking in the dark.
 * @returns {string[] | null}
 */
function administrator() {
  if (process.getuid?.() === 0) return [];
  if (!which('sudo')) return null;
  if (succeeds('sudo', ['-n', 'true'])) return ['sudo', '-n'];
  return process.stdin.isTTY ? ['sudo'] : null;
}

// Our Redis is a private child process: the package's system service stays off, now (policy-rc.d) and after a reboot.
// Package lists are fetched only when the first try fails for want of them.
const aptScript = `
set -u
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
fi
install() { apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 install -y --no-install-recommends "$@"; }
install "$@" || { apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 update && install "$@"; } || exit 1
case " $* " in
  *" redis-server "*) update-rc.d redis-server disable >/dev/null 2>&1 ;;
esac
exit 0
`;

/**
 * @param {string[]} packages
 * @param {string} reasons
 */
async function installWithApt(packages, reasons) {
  const command = `apt-get update && apt-get install -y ${packages.join(' ')}`;
  const prefix = administrator();
  if (prefix === null) {
    throw new Stop(
      `These packages are missing: ${packages.join(', ')} (${reasons}). Install them and start again:\n  sudo sh -c '${command}'`,
    );
  }
  if (prefix.length === 1) await openly('sudo', ['-v', '-p', `Password to install ${packages.join(', ')}: `]);
  await step(`Installing ${packages.join(', ')} with apt (${reasons})`, async () => {
    const [program, ...args] = [
      ...prefix,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'sh',
      '-c',
      aptScript,
      'sh',
      ...packages,
    ];
    await quietly(program, args, {
      log: 'apt.log',
      failure: () => `apt could not install ${packages.join(', ')}. Check the internet connection, or try: ${command}`,
    });
  });
}
