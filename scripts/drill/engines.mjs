import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { postgresPrograms, weedProgram } from '../lib/engines.mjs';
import { inRoot } from '../lib/paths.mjs';
import { freePort } from './server.mjs';
import { Skip } from './skip.mjs';

const pg = createRequire(inRoot('backend', 'package.json'))('pg');
const START_MS = 90_000;
/** PostgreSQL does not run as root: there it runs as nobody. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A program that is killed and begun anew, on the same data. */
export class Engine {
  /** @type {import('node:child_process').ChildProcess | null} */
  #child = null;

  /** @param {{ command: string, args: string[], options?: import('node:child_process').SpawnOptions, isUp: () => Promise<boolean> }} engine */
  constructor({ command, args, options = {}, isUp }) {
    this.begin = () => spawn(command, args, { stdio: 'ignore', ...options });
    this.isUp = isUp;
    this.what = path.basename(command);
  }

  async start() {
    let child = (this.#child = this.begin());
    for (const end = Date.now() + START_MS; ; await pause(200)) {
      if (await this.isUp().catch(() => false)) return;
      if (Date.now() > end) throw new Error(`${this.what} does not start`);
      // What the former one has left (processes of PostgreSQL, ports) goes in a moment.
      if (child.exitCode !== null) child = this.#child = this.begin();
    }
  }

  async kill(signal = /** @type {NodeJS.Signals} */ ('SIGKILL')) {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

/** @param {string} folder */
export async function postgresIn(folder) {
  const bin = postgresPrograms();
  if (bin === null)
    throw new Skip('PostgreSQL is not here: "npm test" fetches it, or TEST_POSTGRES_BIN names its programs');
  const place = path.join(folder, 'postgres');
  fs.mkdirSync(place, { recursive: true });
  // The folders above are for this user alone.
  if (NOBODY.uid) {
    fs.chmodSync(folder, 0o755);
    fs.chownSync(place, NOBODY.uid, NOBODY.gid ?? 0);
  }
  const data = path.join(place, 'data');
  const initdb = ['-D', data, '-U', 'traum', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'];
  execFileSync(path.join(bin, 'initdb'), initdb, { cwd: place, stdio: 'ignore', ...NOBODY });
  const urlOf = (/** @type {string} */ name) => `postgres://traum@/${name}?host=${encodeURIComponent(place)}`;
  const query = async (/** @type {string} */ database, /** @type {string} */ sql) => {
    const client = new pg.Client({ connectionString: urlOf(database) });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const settings = ['max_connections=100', 'listen_addresses='].flatMap((setting) => ['-c', setting]);
  const engine = new Engine({
    command: path.join(bin, 'postgres'),
    args: ['-D', data, '-k', place, ...settings],
    options: { cwd: place, ...NOBODY },
    isUp: () => query('postgres', 'SELECT 1').then(() => true),
  });
  await engine.start();
  await query('postgres', 'CREATE DATABASE traum');
  return { engine, env: { DATABASE_URL: urlOf('traum') }, query: (/** @type {string} */ sql) => query('traum', sql) };
}

/** SeaweedFS, as a store that speaks S3. @param {string} folder */
export async function s3In(folder) {
  const weed = weedProgram();
  if (weed === null) throw new Skip('SeaweedFS is not here: "npm test" fetches it, or TEST_WEED names its program');
  const place = path.join(folder, 's3');
  fs.mkdirSync(place, { recursive: true });
  const [accessKey, secretKey] = ['traum', 'a-secret-of-drills'];
  const identities = [{ name: 'drill', credentials: [{ accessKey, secretKey }], actions: ['Admin'] }];
  fs.writeFileSync(path.join(place, 's3.json'), JSON.stringify({ identities }));
  /** @type {Record<string, number>} */
  const ports = {};
  for (const part of ['s3', 'master', 'volume', 'filer']) {
    ports[`${part}.port`] = await freePort();
    ports[`${part}.port.grpc`] = await freePort();
  }
  const settings = {
    ip: '127.0.0.1',
    'ip.bind': '127.0.0.1',
    dir: place,
    s3: true,
    's3.config': path.join(place, 's3.json'),
    's3.port.iceberg': 0,
    's3.port.lance': 0,
    's3.iam': false,
    'master.volumeSizeLimitMB': 256,
    'volume.max': 100,
    ...ports,
  };
  const probe = `http://127.0.0.1:${ports['filer.port']}/probe/file`;
  const engine = new Engine({
    command: weed,
    args: ['server', ...Object.entries(settings).map(([name, value]) => `-${name}=${value}`)],
    options: { cwd: place },
    // It answers before it can store anything.
    isUp: async () => {
      const body = new FormData();
      body.append('file', new Blob(['probe']), 'file');
      const { ok } = await fetch(`http://127.0.0.1:${ports['s3.port']}/status`);
      return ok && (await fetch(probe, { method: 'POST', body })).ok;
    },
  });
  await engine.start();
  const env = {
    STORAGE_URL: 's3://sounds/library',
    S3_ENDPOINT: `http://127.0.0.1:${ports['s3.port']}`,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
  };
  return { engine, env };
}
