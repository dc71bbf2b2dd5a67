import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { cacheDir, root } from './paths.mjs';
import { Stop } from './report.mjs';

/**
 * Runs a program with its output kept in a log under `.cache/`.
 * @param {string} program
 * @param {string[]} args
 * @param {{ log: string, cwd?: string, env?: Record<string, string>, failure: (tail: string) => string }} options
 *   `log`: name of the log file; `failure`: what to tell a person, given the end of the log
 * @throws Stop when the program cannot be started or fails
 */
export async function quietly(program, args, { log, cwd = root, env = {}, failure }) {
  fs.mkdirSync(cacheDir, { recursive: true });
  const logPath = path.join(cacheDir, log);
  const out = fs.openSync(logPath, 'w');
  try {
    const code = await finished(
      spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', out, out] }),
    );
    if (code === 0) return;
  } finally {
    fs.closeSync(out);
  }
  const tail = lastLines(fs.readFileSync(logPath, 'utf8'), 25);
  const shown = tail ? `\n${tail}\n(all of it: ${path.relative(process.cwd(), logPath)})` : '';
  throw new Stop(`${failure(tail)}${shown}`);
}

/**
 * Runs a program on this terminal.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined> }} [options]
 * @returns {Promise<number>} its exit code; 127 when it cannot be started, 1 when a signal ended it
 */
export function openly(program, args, { cwd = root, env = {} } = {}) {
  return finished(spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' }));
}

/**
 * Runs a program and collects what it prints, standard output and error together.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined> }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function collected(program, args, { cwd = root, env = {} } = {}) {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const code = await finished(child);
  return { code, output: Buffer.concat(chunks).toString('utf8') };
}

/**
 * Whether a short command succeeds; its output is dropped.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string }} [options]
 */
export const succeeds = (program, args, options = {}) =>
  spawnSync(program, args, { stdio: 'ignore', timeout: 30_000, cwd: root, ...options }).status === 0;

/**
 * The full path of a program, or null.
 * @param {string} name
 */
export function which(name) {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    if (!folder) continue;
    const file = path.join(folder, name);
    try {
      fs.accessSync(file, fs.constants.X_OK);
      if (fs.statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/**
 * @param {string} text
 * @param {number} count
 */
const lastLines = (text, count) => text.trimEnd().split('\n').slice(-count).join('\n');

/** @param {import('node:child_process').ChildProcess} child */
function finished(child) {
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 1));
  });
}
