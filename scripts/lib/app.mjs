import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inRoot, root } from './paths.mjs';
import { Stop } from './report.mjs';

/**
 * Runs `work` with a fresh folder that is deleted afterwards.
 * @template T
 * @param {(folder: string) => Promise<T>} work
 */
export async function withTempDir(work) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'traum-bench-'));
  try {
    return await work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What `npm start` sets before Node.js begins. */
const { scripts } = JSON.parse(fs.readFileSync(inRoot('package.json'), 'utf8'));
const SET_BEFORE = Object.fromEntries([...scripts.start.matchAll(/\b([A-Z_]+)=(\S+)/g)].map((found) => found.slice(1)));

/**
 * Runs `work` while the built app serves a data directory on a free port.
 * @template T
 * @param {string} dataDir
 * @param {(app: { url: string, pid: number, startedInMs: number, setupToken: () => string | undefined }) => Promise<T>} work `setupToken`: by
 *   which the first account is made, once it was said
 * @param {{ pages?: boolean, env?: Record<string, string>, checkout?: string, through?: string[] }} [options] `pages`: serve the built pages
 *   too; `env`: more settings; `checkout`: folder of another built app; `through`: a command that becomes the one which it is given
 */
export async function withApp(dataDir, work, { pages = false, env = {}, checkout = root, through = [] } = {}) {
  const began = performance.now();
  const [command = '', ...args] = [
    ...through,
    process.execPath,
    path.join(checkout, 'backend', 'dist', 'main', 'serve.js'),
  ];
  const child = spawn(command, args, {
    cwd: checkout,
    env: {
      ...process.env,
      ...SET_BEFORE,
      DATA_DIR: dataDir,
      PORT: '0',
      HOST: '127.0.0.1',
      AUTH: '',
      REDIS_URL: '',
      LOG_LEVEL: 'warn',
      STATIC_DIR: pages ? inRoot('frontend', 'build') : '',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  try {
    const url = await readyUrl(child, ended);
    const setupToken = () => /\/setup#(\S+)/.exec(said)?.[1];
    return await work({ url, pid: child.pid ?? 0, startedInMs: performance.now() - began, setupToken });
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** The server prints its address once it listens. */
function readyUrl(child, ended) {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const url = /ready: (http:\S+)/.exec(output)?.[1];
      if (url) resolve(url);
    });
    void ended.then((code) => reject(new Stop(`The app ended with code ${code} before it was ready.\n${output}`)));
  });
}

/**
 * Memory (resident now, and its peak) and processor time of a process and everything it started, by program. Linux only; empty elsewhere.
 * @param {number} rootPid
 * @returns {{ name: string, megabytes: number, peakMegabytes: number, cpuS: number }[]}
 */
export const memoryOf = (rootPid) =>
  processesOf(rootPid).map(({ name, megabytes, peakMegabytes, cpuS }) => ({ name, megabytes, peakMegabytes, cpuS }));

/**
 * The same, with the numbers of the processes.
 * @param {number} rootPid
 */
export function processesOf(rootPid) {
  if (process.platform !== 'linux') return [];
  const processes = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readProcess(Number(pid)));
  const family = new Set([rootPid]);
  // Parents have been seen before their children only by chance: repeat until nobody joins.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  return processes.filter(({ pid }) => family.has(pid));
}

function readProcess(pid) {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const field = (name) => new RegExp(`^${name}:\\s+(.+)$`, 'm').exec(status)?.[1] ?? '';
    const script = command.find((part) => part.endsWith('.js'));
    return [
      {
        pid,
        parent: Number(field('PPid')),
        name: script ? path.basename(script, '.js') : field('Name'),
        megabytes: Math.round(Number.parseInt(field('VmRSS') || '0', 10) / 1024),
        peakMegabytes: Math.round(Number.parseInt(field('VmHWM') || '0', 10) / 1024),
        ...processorOf(pid),
      },
    ];
  } catch {
    // It ended while being looked at.
    return [];
  }
}

/** Of a process with its children that have ended, and without. The kernel counts in hundredths of a second. */
function processorOf(pid) {
  const fields = fs
    .readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number);
  return { cpuS: (user + system + childrenUser + childrenSystem) / 100, ownCpuS: (user + system) / 100 };
}
