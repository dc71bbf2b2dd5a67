import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { processesOf } from '../lib/app.mjs';
import { inRoot } from '../lib/paths.mjs';

const START_MS = 120_000;
const Database = createRequire(inRoot('backend', 'package.json'))('better-sqlite3');

/** The server of one drill, on one port and data directory through all its deaths. Its log lies beside the data. */
export class DrillServer {
  /** @type {import('node:child_process').ChildProcess | null} */
  #child = null;
  #ended = Promise.resolve();

  /**
   * @param {string} dataDir
   * @param {{ port: number, logFile: string, env?: Record<string, string>, query?: (sql: string) => Promise<any[]> }} options `query`: of a
   *   database that is no file of the data directory
   */
  constructor(dataDir, { port, logFile, env = {}, query }) {
    this.query = query ?? ((sql) => this.#queryFile(sql));
    this.dataDir = dataDir;
    this.port = port;
    this.logFile = logFile;
    this.env = env;
  }

  get pid() {
    return this.#child?.pid ?? 0;
  }

  /** Starts it and waits until it serves. */
  async start() {
    const log = fs.openSync(this.logFile, 'a');
    const child = spawn(process.execPath, [inRoot('backend', 'dist', 'main', 'serve.js')], {
      env: {
        ...process.env,
        DATA_DIR: this.dataDir,
        MODELS_DIR: inRoot('models'),
        HOST: '127.0.0.1',
        PORT: String(this.port),
        AUTH: '',
        REDIS_URL: '',
        STATIC_DIR: '',
        LOG_LEVEL: 'info',
        ...this.env,
      },
      stdio: ['ignore', log, log],
    });
    fs.closeSync(log);
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve(undefined)));
    const end = Date.now() + START_MS;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the server ended during its start; see ${this.logFile}`);
      const isUp = await fetch(`http://127.0.0.1:${this.port}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isUp) return;
      if (Date.now() > end)
        throw new Error(`the server did not start within ${START_MS / 1000} s; see ${this.logFile}`);
      await pause(50);
    }
  }

  /** @param {'api' | 'worker' | 'redis'} part */
  async kill(part) {
    if (part === 'api') {
      this.#child?.kill('SIGKILL');
      await this.#ended;
      await this.start();
      return;
    }
    const name = part === 'redis' ? 'redis-server' : 'worker';
    for (const { pid } of processesOf(this.pid).filter((one) => one.name === name)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It was being started again just then.
      }
    }
  }

  /** Ends without a word, and is not started again. */
  async die() {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  async stop() {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  /**
   * @param {string} route below /api/v1
   * @param {RequestInit} [init]
   */
  async json(route, init) {
    const response = await fetch(`http://127.0.0.1:${this.port}/api/v1${route}`, {
      ...init,
      signal: AbortSignal.timeout(60_000),
    });
    const body = await response.text();
    if (!response.ok)
      throw Object.assign(new Error(`${route}: ${response.status} ${body}`), { status: response.status });
    return JSON.parse(body);
  }

  /** @param {string} sql */
  async #queryFile(sql) {
    const db = new Database(this.database, { readonly: true });
    try {
      return db.prepare(sql).all();
    } finally {
      db.close();
    }
  }

  get database() {
    return path.join(this.dataDir, 'traum.db');
  }
}
