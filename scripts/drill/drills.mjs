import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { randomNumbers } from '../../bench/lib/random.mjs';
import { startPostgres } from '../engines/postgres.mjs';
import { startS3 } from '../engines/s3.mjs';
import { inRoot } from '../lib/paths.mjs';
import { freePort } from '../lib/ports.mjs';
import { check } from './check.mjs';
import { deploy } from './deploy.mjs';
import { uploadAll } from './ingest.mjs';
import { DrillServer } from './server.mjs';
import { Skip } from './skip.mjs';

const Database = createRequire(inRoot('backend', 'package.json'))('better-sqlite3');
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

/**
 * @typedef {{ folder: string, seed: number, sounds: number, kills: number, outageS: number, say: (text: string) => void }} Setting
 * @typedef {{ faults: string[], notes: string[] }} Outcome
 */

/** @type {Record<string, (setting: Setting) => Promise<Outcome>>} */
export const DRILLS = { kills, engines, redis, disk, locked, clock, torn, deploy };

/** kill -9 of API, worker and Redis at random moments, while sounds come in and are processed. */
async function kills({ folder, seed, sounds, kills: wanted, say }) {
  const server = await started(folder);
  const next = randomNumbers(seed);
  const killed = { api: 0, worker: 0, redis: 0 };
  let over = false;
  const uploading = uploadAll(server, { count: sounds, seed }).finally(() => (over = true));
  for (let number = 0; number < wanted; number++) {
    await pause(100 + next() * 2400);
    if (over && number % 5 === 0) await processAll(server);
    const part = /** @type {const} */ (['worker', 'redis', 'api', 'worker'])[Math.floor(next() * 4)] ?? 'worker';
    killed[part]++;
    say(`kill ${number + 1} of ${wanted}: ${part}`);
    await server.kill(part);
  }
  const { accepted, refused } = await uploading;
  return concluded(server, accepted, [
    `killed ${JSON.stringify(killed)}`,
    `${accepted.size} accepted, ${refused.length} refused`,
  ]);
}

/** The same with the library in PostgreSQL and its files in a bucket: kill -9 of these two as well. */
async function engines({ folder, seed, sounds, kills: wanted, say }) {
  const database = await startPostgres(folder);
  /** @type {Awaited<ReturnType<typeof startS3>> | null} */
  let store = null;
  try {
    store = await startS3(folder);
    const server = await started(folder, { DATABASE_URL: database.url(), ...store.env() }, database.query);
    const next = randomNumbers(seed);
    const others = { postgres: database.engine, s3: store.engine };
    const parts = /** @type {const} */ (['postgres', 's3', 'worker', 'api', 'redis', 'postgres', 's3']);
    /** @type {Record<string, number>} */
    const killed = {};
    let over = false;
    const uploading = uploadAll(server, { count: sounds, seed }).finally(() => (over = true));
    for (let number = 0; number < wanted; number++) {
      await pause(100 + next() * 2400);
      if (over && number % 5 === 0) await processAll(server);
      const part = parts[Math.floor(next() * parts.length)] ?? 'postgres';
      killed[part] = (killed[part] ?? 0) + 1;
      say(`kill ${number + 1} of ${wanted}: ${part}`);
      if (part !== 'postgres' && part !== 's3') {
        await server.kill(part);
        continue;
      }
      await others[part].kill();
      await pause(next() * 5000);
      await others[part].start();
    }
    const { accepted, refused } = await uploading;
    return await concluded(server, accepted, [
      `killed ${JSON.stringify(killed)}`,
      `${accepted.size} accepted, ${refused.length} refused`,
    ]);
  } finally {
    await store?.engine.kill();
    await database.engine.kill('SIGQUIT');
  }
}

/** All of it once more, so that there is something to hit. */
const processAll = (server) =>
  server
    .json('/audio/process', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"all":true}',
    })
    .catch(() => undefined);

/** A Redis of its own is gone for a while, and comes back with what it had. */
async function redis({ folder, seed, sounds, outageS, say }) {
  const { begin, url } = await redisOf(folder);
  let redisServer = begin();
  const server = await started(folder, { REDIS_URL: url });
  try {
    const uploading = uploadAll(server, { count: sounds, seed });
    await pause(1500);
    redisServer.kill('SIGKILL');
    say(`Redis is gone for ${outageS} s`);
    await pause((outageS * 1000) / 2);
    const search = await server.json('/search?q=noise&mode=keyword').then(
      () => 'answered',
      (error) => `failed: ${error.message}`,
    );
    await pause((outageS * 1000) / 2);
    redisServer = begin();
    const { accepted, refused } = await uploading;
    const outcome = await concluded(server, accepted, [
      `${accepted.size} accepted, ${refused.length} refused`,
      `a search meanwhile ${search}`,
    ]);
    if (search !== 'answered') outcome.faults.push(`a search without Redis ${search}`);
    return outcome;
  } finally {
    await server.stop();
    redisServer.kill('SIGTERM');
  }
}

/** The disk fills up during uploads, embedding, a snapshot of the index and a backup; then there is space again. */
async function disk({ folder, seed, sounds, say }) {
  const [small, vault] = ['data', 'vault'].map((name) => path.join(folder, name));
  mount(small, '160m');
  mount(vault, '40m');
  const server = await started(folder, { BACKUP_DIR: vault, BACKUP_EVERY_H: '0' });
  const ballast = path.join(small, 'ballast');
  const faults = [];
  const notes = [];
  try {
    const count = Math.min(sounds, 60);
    const early = await uploadAll(server, { count: Math.ceil(count / 2), seed });
    await fill(ballast);
    say('the disk is full');
    const late = await uploadAll(server, {
      count: Math.floor(count / 2),
      seed,
      first: Math.ceil(count / 2),
      patience: 300,
    });
    notes.push(`on the full disk ${late.accepted.size} accepted, ${late.refused.length} refused`);
    const odd = late.refused.filter(({ status, detail }) => status !== 507 && !/full|disk/i.test(detail));
    if (odd.length > 0) faults.push(`refused without saying that the disk is full: ${JSON.stringify(odd[0])}`);
    await server.kill('worker');
    await server.kill('api').catch((error) => faults.push(`it does not start on a full disk: ${error.message}`));
    const found = await server.json('/search?q=noise&mode=keyword').then(
      () => true,
      () => false,
    );
    if (!found) faults.push('a search on a full disk failed');
    const full = await backUp(server);
    if (!/full|space/i.test(full.error ?? ''))
      faults.push(`a backup without space for a copy ended so: ${full.state} ${full.error}`);
    await pause(3000);
    fs.rmSync(ballast);
    say('there is space again');
    const again = await uploadAll(server, { count: Math.floor(count / 2), seed, first: Math.ceil(count / 2) });
    const accepted = new Map([...early.accepted, ...late.accepted, ...again.accepted]);
    const good = await backUp(server);
    if (good.state !== 'completed') faults.push(`a backup with space ended so: ${good.state} ${good.error}`);
    await fill(path.join(vault, 'ballast'));
    await uploadAll(server, { count: 5, seed: seed + 1 }).then(({ accepted: more }) =>
      more.forEach((name, hash) => accepted.set(hash, name)),
    );
    const noRoom = await backUp(server);
    if (noRoom.state !== 'failed' || !/full/i.test(noRoom.error ?? ''))
      faults.push(`a backup to a full disk ended so: ${noRoom.state} ${noRoom.error}`);
    fs.rmSync(path.join(vault, 'ballast'));
    const { items } = await server.json('/backups');
    if (items.length !== 1) faults.push(`${items.length} backups are there instead of one`);
    const outcome = await concluded(server, accepted, notes);
    return { notes: outcome.notes, faults: [...faults, ...outcome.faults] };
  } finally {
    await server.stop();
    for (const place of [small, vault]) execFileSync('umount', ['-l', place]);
  }
}

/** Another program holds the database, for longer than anybody waits, again and again. */
async function locked({ folder, seed, sounds, outageS, say }) {
  const server = await started(folder);
  const uploading = uploadAll(server, { count: Math.min(sounds, 80), seed });
  await pause(1500);
  for (const seconds of [outageS / 4, outageS / 2, outageS / 4]) {
    const db = new Database(server.database, { timeout: 10_000 });
    db.exec('BEGIN IMMEDIATE');
    say(`the database is locked for ${seconds} s`);
    await pause(seconds * 1000);
    db.exec('ROLLBACK');
    db.close();
    await pause(1000);
  }
  const { accepted, refused } = await uploading;
  return concluded(server, accepted, [`${accepted.size} accepted, ${refused.length} refused`]);
}

/** The clock jumps ahead by a day and back by two, while sounds come in. */
async function clock({ folder, seed, sounds, say }) {
  if (!fs.existsSync(FAKETIME)) throw new Skip('libfaketime is not installed');
  const time = path.join(folder, 'clock');
  fs.writeFileSync(time, '+0');
  const env = {
    LD_PRELOAD: FAKETIME,
    FAKETIME_TIMESTAMP_FILE: time,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME_NO_CACHE: '1',
  };
  // Redis keeps the real time: its allocator does not bear libfaketime.
  const { begin, url } = await redisOf(folder);
  const redisServer = begin();
  const server = await started(folder, { ...env, REDIS_URL: url });
  const uploading = uploadAll(server, { count: Math.min(sounds, 80), seed, pauseMs: 100 });
  for (const offset of ['+1d', '-1d', '+0']) {
    await pause(4000);
    fs.writeFileSync(time, offset);
    say(`the clock is at ${offset}`);
    await server.kill('worker');
  }
  try {
    const { accepted, refused } = await uploading;
    return await concluded(server, accepted, [`${accepted.size} accepted, ${refused.length} refused`]);
  } finally {
    redisServer.kill('SIGTERM');
  }
}

/** Files of the index snapshot are cut off, overwritten and emptied while the server is away. */
async function torn({ folder, seed, sounds, say }) {
  const server = await started(folder);
  const { accepted } = await uploadAll(server, { count: Math.min(sounds, 40), seed });
  const first = await check(server, accepted);
  const faults = [...first.faults];
  const next = randomNumbers(seed);
  const ways = {
    'cut off': (file, bytes) => fs.writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length * next()))),
    'with other bytes in the middle': (file, bytes) => {
      const at = Math.floor(next() * bytes.length);
      bytes.fill(0xa5, at, Math.min(bytes.length, at + 64));
      fs.writeFileSync(file, bytes);
    },
    emptied: (file) => fs.writeFileSync(file, ''),
    gone: (file) => fs.rmSync(file),
  };
  for (const [way, spoil] of Object.entries(ways)) {
    await server.stop();
    const directory = path.join(server.dataDir, 'index');
    const files = fs
      .readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    if (files.length === 0) faults.push('there was no snapshot to spoil');
    for (const file of files) spoil(file, fs.readFileSync(file));
    say(`${files.length} snapshot files ${way}`);
    await server.start();
    const { faults: found } = await check(server, accepted);
    faults.push(...found.map((fault) => `${way}: ${fault}`));
    const { results } = await server.json('/search?q=noise&mode=semantic');
    if (results.length === 0) faults.push(`${way}: nothing is found`);
  }
  await server.stop();
  return { faults, notes: [`${accepted.size} sounds`] };
}

/** A Redis beside the server, which can be taken away from it. */
async function redisOf(folder) {
  const port = String(await freePort());
  const directory = path.join(folder, 'redis');
  fs.mkdirSync(directory, { recursive: true });
  const options = ['--port', port, '--bind', '127.0.0.1', '--dir', directory, '--appendonly', 'yes', '--save', ''];
  return { url: `redis://127.0.0.1:${port}`, begin: () => spawn('redis-server', options, { stdio: 'ignore' }) };
}

/** @param {string} folder @param {Record<string, string>} [env] @param {(sql: string) => Promise<any[]>} [query] */
async function started(folder, env = {}, query) {
  const dataDir = path.join(folder, 'data');
  fs.mkdirSync(dataDir, { recursive: true });
  const logFile = path.join(folder, 'server.log');
  const server = new DrillServer(dataDir, { port: await freePort(), logFile, env, query });
  await server.start();
  return server;
}

/** Looks whether all is well now, and once more after a clean stop and start. */
async function concluded(server, accepted, notes) {
  try {
    const first = await check(server, accepted);
    await server.stop();
    await server.start();
    const second = await check(server, accepted);
    return {
      faults: [...first.faults, ...second.faults.map((fault) => `after a restart: ${fault}`)],
      notes: [
        ...notes,
        `${first.ready} ready, ${first.failed} failed with a reason, all over ${first.settledInS.toFixed(0)} s after`,
      ],
    };
  } finally {
    await server.stop();
  }
}

async function backUp(server) {
  // On a full disk not even the job can be written down: that is said at once.
  const job = await server.json('/backups', { method: 'POST' }).catch((error) => {
    if (error.status === 507) return { refusal: error.message };
    throw error;
  });
  if (job.refusal) return { state: 'refused', error: job.refusal };
  for (;;) {
    await pause(100);
    const now = await server.json(`/jobs/${job.id}`).catch(() => null);
    if (now && now.state !== 'active' && now.state !== 'queued') return now;
  }
}

function mount(place, size) {
  fs.mkdirSync(place, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place], { stdio: 'ignore' });
  } catch {
    throw new Skip('no small file system may be mounted here (it takes root)');
  }
}

/** Writes until nothing more fits. */
async function fill(file) {
  const chunk = Buffer.alloc(64 * 1024, 1);
  const handle = fs.openSync(file, 'w');
  try {
    for (;;) fs.writeSync(handle, chunk);
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  } finally {
    fs.closeSync(handle);
  }
}
