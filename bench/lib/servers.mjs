import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../scripts/drill/server.mjs';
import { postgresPrograms } from '../../scripts/lib/engines.mjs';
import { Stop } from '../../scripts/lib/report.mjs';
import { quietly } from '../../scripts/lib/run.mjs';
import { inCache } from '../../scripts/lib/paths.mjs';

/** PostgreSQL does not run as root. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const START_MS = 120_000;

/** @typedef {{ kill: () => boolean }} Supervised `kill` is false when it does not run at the moment */

/** Programs that run until {@link Programs.stop}, with one log. */
export class Programs {
  /** @type {Set<import('node:child_process').ChildProcess>} */
  #running = new Set();
  #stopped = false;

  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
    this.log = path.join(folder, 'log');
    // PostgreSQL gets to its own folder below.
    fs.chmodSync(folder, 0o711);
  }

  /**
   * @param {string} program
   * @param {string[]} args
   * @param {{ env?: Record<string, string>, cwd?: string, uid?: number, gid?: number }} [options]
   */
  begin(program, args, { env = {}, ...options } = {}) {
    const log = fs.openSync(this.log, 'a');
    const child = spawn(program, args, { ...options, env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
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
  }
}

/**
 * An empty database.
 * @param {Programs} programs
 * @returns {Promise<{ url: string, server: Supervised }>}
 */
export async function startPostgres(programs) {
  const bin = postgresPrograms();
  if (!bin) throw new Stop('PostgreSQL is not here: "npm test" fetches it, with Python 3.');
  const folder = path.join(programs.folder, 'postgres');
  fs.mkdirSync(folder);
  if (NOBODY.uid) fs.chownSync(folder, NOBODY.uid, NOBODY.gid);
  const data = path.join(folder, 'data');
  const initdb = ['-D', data, '-U', 'traum', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'];
  const made = programs.begin(path.join(bin, 'initdb'), initdb, { cwd: folder, ...NOBODY });
  await new Promise((resolve) => made.once('exit', resolve));
  const settings = ['listen_addresses=', 'max_connections=200', 'shared_buffers=256MB'];
  const options = settings.flatMap((setting) => ['-c', setting]);
  const begin = () =>
    programs.begin(path.join(bin, 'postgres'), ['-D', data, '-k', folder, ...options], { cwd: folder, ...NOBODY });
  const server = programs.supervise(begin);
  const createdb = ['-h', folder, '-U', 'traum', 'traum'];
  await programs.until('PostgreSQL', () =>
    quietly(path.join(bin, 'createdb'), createdb, { log: 'bench-scale.log', failure: () => '' }).then(() => true),
  );
  return { url: `postgres://traum@/traum?host=${encodeURIComponent(folder)}`, server };
}

/**
 * A store with a bucket that is not there yet.
 * @param {Programs} programs
 * @returns {Promise<{ settings: Record<string, string>, server: Supervised }>}
 */
export async function startStorage(programs) {
  const program = process.env.TEST_WEED ?? inCache('engines', 'bin', 'weed');
  if (!fs.existsSync(program)) throw new Stop('SeaweedFS is not here: "npm test" fetches it, with Python 3.');
  const dir = path.join(programs.folder, 's3');
  fs.mkdirSync(dir);
  const credentials = [{ accessKey: 'traum', secretKey: 'a-secret-of-benches' }];
  const config = path.join(dir, 's3.json');
  fs.writeFileSync(config, JSON.stringify({ identities: [{ name: 'bench', credentials, actions: ['Admin'] }] }));
  const port = await freePort();
  /** @type {Record<string, string | number>} */
  const settings = { ip: '127.0.0.1', 'ip.bind': '127.0.0.1', dir, s3: 'true', 's3.config': config, 's3.port': port };
  Object.assign(settings, { 's3.port.iceberg': 0, 's3.port.lance': 0, 's3.iam': 'false', 'volume.max': 100 });
  for (const part of ['s3.port.grpc', 'master.port', 'master.port.grpc', 'volume.port', 'volume.port.grpc']) {
    settings[part] = await freePort();
  }
  const filer = await freePort();
  Object.assign(settings, {
    'filer.port': filer,
    'filer.port.grpc': await freePort(),
    'master.volumeSizeLimitMB': 256,
  });
  const args = ['server', ...Object.entries(settings).map(([name, value]) => `-${name}=${value}`)];
  const begin = () => programs.begin(program, args, { cwd: dir });
  const server = programs.supervise(begin);
  const probe = async () => {
    const body = new FormData();
    body.append('file', new Blob(['probe']), 'file');
    const { ok } = await fetch(`http://127.0.0.1:${filer}/probe/file`, { method: 'POST', body });
    return ok && (await fetch(`http://127.0.0.1:${port}/status`)).ok;
  };
  await programs.until('SeaweedFS', probe);
  const access = {
    STORAGE_URL: 's3://sounds',
    S3_ENDPOINT: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'traum',
    AWS_SECRET_ACCESS_KEY: 'a-secret-of-benches',
  };
  return { settings: access, server };
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
  const begin = () => programs.begin('redis-server', settings);
  const server = programs.supervise(begin);
  await programs.until('Redis', async () => fs.existsSync(socket));
  return { url: `unix://${socket}`, server };
}
