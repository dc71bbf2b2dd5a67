import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Stop } from '../../scripts/lib/report.mjs';

const START_MS = 120_000;

/** @typedef {{ kill: () => boolean | Promise<boolean> }} Supervised `kill` is false when it does not run at the moment */

/** Programs that run until {@link Programs.stop}, with one log. */
export class Programs {
  /** @type {Set<import('node:child_process').ChildProcess>} */
  #running = new Set();
  /** @type {import('../../scripts/engines/engine.mjs').Engine[]} */
  #engines = [];
  #stopped = false;

  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
    this.log = path.join(folder, 'log');
  }

  /**
   * @param {string} program
   * @param {string[]} args
   * @param {{ env?: Record<string, string> }} [options]
   */
  begin(program, args, { env = {} } = {}) {
    const log = fs.openSync(this.log, 'a');
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
    fs.closeSync(log);
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return child;
  }

  /**
   * As a supervisor does: a second after its end it is begun again.
   * @param {() => import('node:child_process').ChildProcess} begin
   * @returns {Supervised}
   */
  supervise(begin) {
    let child = begin();
    const watch = () =>
      child.once('exit', () => {
        void pause(1000).then(() => {
          if (this.#stopped) return;
          child = begin();
          watch();
        });
      });
    watch();
    return { kill: () => child.kill('SIGKILL') };
  }

  /**
   * An engine of the drills, to be killed and ended like the other programs.
   * @template {{ engine: import('../../scripts/engines/engine.mjs').Engine }} Started
   * @param {Started} started
   * @returns {Started & { server: Supervised }}
   */
  along(started) {
    const { engine } = started;
    this.#engines.push(engine);
    const kill = async () => {
      await engine.kill();
      await pause(1000);
      await engine.start();
      return true;
    };
    return { ...started, server: { kill } };
  }

  /**
   * @param {string} what
   * @param {() => Promise<boolean>} look
   */
  async until(what, look, ms = START_MS) {
    for (const end = Date.now() + ms; !(await look().catch(() => false)); await pause(200)) {
      if (Date.now() < end) continue;
      throw new Stop(`${what}: waited in vain\n${fs.readFileSync(this.log, 'utf8').slice(-3000)}`);
    }
  }

  async stop() {
    this.#stopped = true;
    for (const child of [...this.#running].reverse()) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(late);
    }
    for (const engine of this.#engines) await engine.kill('SIGTERM');
  }
}

/**
 * @param {Programs} programs
 * @returns {Promise<{ url: string, server: Supervised }>}
 */
export async function startRedis(programs) {
  const socket = path.join(programs.folder, 'redis.sock');
  const settings = [
    '--port',
    '0',
    '--unixsocket',
    socket,
    '--dir',
    programs.folder,
    '--save',
    '',
    '--appendonly',
    'yes',
  ];
  const server = programs.supervise(() => programs.begin('redis-server', settings));
  await programs.until('Redis', async () => fs.existsSync(socket));
  return { url: `unix://${socket}`, server };
}
