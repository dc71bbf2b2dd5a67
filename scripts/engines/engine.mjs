import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const START_MS = 120_000;
/** So long a program that ends at once may still be in the way of what its predecessor has left. */
const LEFTOVERS_MS = 20_000;
const KILL_MS = 10_000;
const TOLD_CHARS = 4000;

/** A server that is killed and begun anew, on the same data. */
export class Engine {
  /** @type {import('node:child_process').ChildProcess | null} */
  #child = null;
  #told = '';

  /**
   * @param {{ command: string, args: string[], options?: () => import('node:child_process').SpawnOptions, isUp: () => Promise<boolean> }} engine
   *   `options`: asked for at each beginning
   */
  constructor({ command, args, options = () => ({}), isUp }) {
    this.command = command;
    this.args = args;
    this.options = options;
    this.isUp = isUp;
  }

  get pid() {
    return this.#child?.pid;
  }

  /** Begins it (again). @returns once it takes work */
  async start() {
    this.begin();
    await this.until(this.isUp);
  }

  begin() {
    const child = spawn(this.command, this.args, { ...this.options(), stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => (this.#told = (this.#told + chunk).slice(-TOLD_CHARS)));
    }
    this.#child = child;
  }

  /** @param {() => Promise<boolean>} isSo what fails is not so yet */
  async until(isSo) {
    const began = Date.now();
    for (; !(await isSo().catch(() => false)); await pause(100)) {
      const waited = Date.now() - began;
      const ended = !this.#child || this.#child.exitCode !== null;
      if (waited > START_MS || (ended && waited > LEFTOVERS_MS)) {
        await this.kill();
        throw new Error(`${path.basename(this.command)} does not start:\n${this.#told}`);
      }
      // What the former one has left (processes of PostgreSQL, ports) goes in a moment.
      if (ended) this.begin();
    }
  }

  /** @param {NodeJS.Signals} signal by which it ends; after ten seconds it is killed in any case */
  async kill(signal = 'SIGKILL') {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), KILL_MS);
    await ended;
    clearTimeout(late);
  }
}
