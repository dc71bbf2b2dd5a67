import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Api } from '../scripts/lib/api.mjs';
import { processesOf, withApp, withTempDir } from '../scripts/lib/app.mjs';
import { say, step, Stop } from '../scripts/lib/report.mjs';
import { wavOf } from '../scripts/lib/wav.mjs';
import { readArgs } from './lib/args.mjs';
import { newQuery } from './lib/new-queries.mjs';
import { randomNumbers } from './lib/random.mjs';
import { percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { seedLibrary } from './lib/seed.mjs';

const options = {
  users: { type: 'string', default: '10,50,200', help: 'people at once; one row for each number' },
  minutes: { type: 'string', default: '1', help: 'how long each of these takes' },
  think: { type: 'string', default: '5', help: 'seconds between two things that one of them does' },
  segments: { type: 'string', default: '10000', help: 'segments of the library at the beginning' },
  soak: { type: 'boolean', default: false, help: 'memory, open files and handles all the while, in three parts' },
};

/** Of what people do: most of it is searching, and half of that in words that nobody used before. */
const SHARE = { search: 0.7, play: 0.2 };
const COMMON_QUERIES = 100;
const UPLOAD_S = 5;
const RATE_HZ = 16_000;
/** What a player fetches at once. */
const HEARD_BYTES = 256 * 1024;
const SAMPLE_MS = 5000;
const MEGABYTE = 1024 * 1024;
const HEAP = 'heap in use of serve, MB';
const [SOUNDS, SEGMENTS, INDEX] = ['sounds', 'segments', 'memory of the index, MB'];
/** What people add to. */
const GROWING = [SOUNDS, SEGMENTS, INDEX];
const KINDS = /** @type {const} */ (['search', 'play', 'upload']);

/** What several people who search, play and upload at once feel, while what they upload is processed; and what grows meanwhile. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const numbers = (name) => {
    const list = values[name].split(',').map(Number);
    if (!list.every((value) => value > 0)) throw new Stop(`--${name} takes numbers above 0, not "${values[name]}".`);
    return list;
  };
  const [[minutes = 1], [think = 5], [segments = 1]] = [numbers('minutes'), numbers('think'), numbers('segments')];
  await withTempDir(async (folder) => {
    const dataDir = path.join(folder, 'data');
    fs.mkdirSync(dataDir);
    await step(`Filling a library with ${segments} segments`, () => seedLibrary(dataDir, { segments, named: true }));
    const rows = [];
    const grown = [];
    await withApp(dataDir, async ({ url, pid }) => {
      const api = new Api(url);
      await api.indexed(segments);
      for (const sound of await uploadSome(api)) await api.finished(sound);
      for (const users of numbers('users')) {
        const watch = values.soak ? new Watch(url, pid) : null;
        const crowd = new Crowd(url, { users, thinkMs: think * 1000 });
        const row = await step(`${users} people, ${minutes} min`, () => measure(crowd, { users, minutes, pid }));
        rows.push(row);
        if (watch) grown.push(...(await watch.stop()).map((line) => [`${users} people: ${line[0]}`, ...line.slice(1)]));
        const isDone = async () => (await get(`${url}/api/v1/jobs?state=queued,active&limit=1`)).items.length === 0;
        if (users !== numbers('users').at(-1)) await until(isDone);
      }
    });
    const command = `npm run bench -- people ${args.join(' ')}`.trim();
    const head = [
      'people',
      'done',
      'errors',
      'search p50 / p95 / p99',
      'play p50 / p95',
      'upload accepted p50 / p95',
      'sounds processed',
      'cores used by the server',
      'load of the machine',
    ];
    printTable('People who search, play and upload at once', command, head, rows);
    if (grown.length > 0)
      printTable('What grows meanwhile', command, ['what', 'first third', 'last third', 'growth'], grown);
  });
}

async function measure(crowd, { users, minutes, pid }) {
  const cpu = () => processesOf(pid).reduce((sum, one) => sum + one.cpuS, 0);
  const before = { cpuS: cpu(), atMs: performance.now() };
  await crowd.act(minutes * 60_000);
  const seconds = (performance.now() - before.atMs) / 1000;
  const cores = (cpu() - before.cpuS) / seconds;
  const processed = await crowd.processed();
  const spread = (kind, parts) =>
    `${parts.map((part) => Math.round(percentile(crowd.times[kind], part))).join(' / ')} ms`;
  for (const [what, count] of crowd.errors) say(`  ${count} × ${what}`);
  return [
    users,
    KINDS.map((kind) => `${crowd.times[kind].length} ${kind}`).join(', '),
    [...crowd.errors.values()].reduce((sum, count) => sum + count, 0),
    spread('search', [0.5, 0.95, 0.99]),
    spread('play', [0.5, 0.95]),
    spread('upload', [0.5, 0.95]),
    `${processed} of ${crowd.accepted.length}`,
    cores.toFixed(2),
    (os.loadavg()[0] ?? 0).toFixed(1),
  ];
}

/** People with a page open each, which follows events; every one does something, waits for it, thinks, and does the next thing. */
class Crowd {
  /** Milliseconds. @type {Record<typeof KINDS[number], number[]>} */
  times = { search: [], play: [], upload: [] };
  /** How often each happened. @type {Map<string, number>} */
  errors = new Map();
  /** Jobs of sounds that were accepted. @type {string[]} */
  accepted = [];
  // Only with a time of its own it heeds for how long the server says that a connection may be used again.
  #agent = new http.Agent({ keepAlive: true, maxSockets: Infinity, timeout: 60_000 });

  /** @param {string} url @param {{ users: number, thinkMs: number }} options */
  constructor(url, { users, thinkMs }) {
    this.url = url;
    this.users = users;
    this.thinkMs = thinkMs;
  }

  /** @param {number} ms for so long */
  async act(ms) {
    const { items } = await get(`${this.url}/api/v1/audio/files?limit=100&status=ready&sort=added&order=desc`);
    this.sounds = items.filter(({ durationS }) => durationS <= UPLOAD_S).map(({ id }) => id);
    const end = performance.now() + ms;
    const followers = Array.from({ length: this.users }, () => this.#follow());
    await Promise.all(Array.from({ length: this.users }, (_, user) => this.#person(user, end)));
    for (const follower of followers) follower.destroy();
    this.#agent.destroy();
  }

  /** How many of the accepted sounds are processed by now. */
  async processed() {
    let count = 0;
    for (let at = 0; at < this.accepted.length; at += 500) {
      const body = JSON.stringify({ jobIds: this.accepted.slice(at, at + 500) });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${this.url}/api/v1/audio/status`, { method: 'POST', headers, body });
      const { jobs } = /** @type {any} */ (await response.json());
      count += jobs.filter(({ state }) => state === 'completed').length;
    }
    return count;
  }

  async #person(user, end) {
    const random = randomNumbers(1000 * this.users + user);
    await pause(random() * this.thinkMs);
    for (let turn = 0; performance.now() < end; turn++) {
      const choice = random();
      const kind = choice < SHARE.search ? 'search' : choice < SHARE.search + SHARE.play ? 'play' : 'upload';
      const began = performance.now();
      try {
        await this.#do(kind, `${this.users}-${user}`, turn, random);
        this.times[kind].push(performance.now() - began);
      } catch (error) {
        const what = `${kind}: ${error.message}`;
        this.errors.set(what, (this.errors.get(what) ?? 0) + 1);
      }
      await pause((0.5 + random()) * this.thinkMs);
    }
  }

  async #do(kind, user, turn, random) {
    if (kind === 'search') {
      const isNew = random() < 0.5;
      const q = isNew ? newQuery(user, turn) : newQuery('common', Math.floor(random() * COMMON_QUERIES));
      await this.#ask('GET', `/search?${new URLSearchParams({ q, limit: '20' })}`);
    } else if (kind === 'play') {
      const sound = this.sounds?.[Math.floor(random() * this.sounds.length)];
      await this.#ask('GET', `/audio/files/${sound}/stream`, { range: `bytes=0-${HEARD_BYTES - 1}` });
    } else {
      const { headers, body } = form(`${user}-${turn}.wav`, noise(random));
      const { uploads } = JSON.parse(await this.#ask('POST', '/audio/upload', headers, body));
      if (!uploads[0].jobId) throw new Error(uploads[0].error ?? uploads[0].status);
      this.accepted.push(uploads[0].jobId);
    }
  }

  /** @returns {Promise<string>} */
  #ask(method, route, headers = {}, /** @type {Buffer | null} */ body = null) {
    return new Promise((resolve, reject) => {
      const request = http.request(
        `${this.url}/api/v1${route}`,
        { method, headers, agent: this.#agent, timeout: 60_000 },
        (response) => {
          let text = '';
          response.setEncoding('latin1').on('data', (part) => (text += part));
          response.on('end', () => {
            const status = response.statusCode ?? 0;
            if (status < 400) resolve(text);
            else reject(new Error(`${status} ${text.slice(0, 200)}`));
          });
          response.on('error', reject);
        },
      );
      request.on('timeout', () => request.destroy(new Error('no answer within 60 s')));
      request.on('error', reject);
      request.end(body);
    });
  }

  #follow() {
    const request = http.get(`${this.url}/api/v1/events`, { agent: false }, (response) => response.resume());
    request.on('error', () => undefined);
    return request;
  }
}

/**
 * Memory, open files and handles of the server, from now on; what the first of three parts has beside the last. Of the heap also the
 * least of each part, which is what a collection leaves: in between it grows by what nobody needs any more. Beside it stands by how
 * much the library grew meanwhile.
 */
class Watch {
  #samples = [];
  #stopped = false;
  #running;

  constructor(url, pid) {
    this.#running = (async () => {
      while (!this.#stopped) {
        this.#samples.push(await sampleOf(url, pid).catch(() => null));
        await pause(SAMPLE_MS);
      }
    })();
  }

  async stop() {
    this.#stopped = true;
    await this.#running;
    const samples = this.#samples.filter((sample) => sample !== null);
    const third = Math.floor(samples.length / 3);
    const parts = [samples.slice(0, third), samples.slice(-third)];
    /** @param {string} name @param {number[]} values */
    const line = (name, [before = 0, after = 0]) => {
      const growth = before > 0 ? `${(100 * (after / before - 1)).toFixed(1)} %` : '–';
      return [name, Math.round(before), Math.round(after), growth];
    };
    const share = (what, share) =>
      parts.map((part) =>
        percentile(
          part.map((sample) => sample[what] ?? 0),
          share,
        ),
      );
    const ends = (what) => [samples[0], samples.at(-1)].map((sample) => sample?.[what]);
    const usual = Object.keys(samples[0] ?? {}).filter((what) => !GROWING.includes(what));
    return [
      ...usual.map((what) => line(what, share(what, 0.5))),
      line(`${HEAP}, least`, share(HEAP, 0)),
      ...GROWING.map((what) => line(`${what}, at the beginning and at the end`, ends(what))),
    ];
  }
}

async function sampleOf(url, pid) {
  /** @type {Record<string, number>} */
  const sample = {};
  for (const one of processesOf(pid)) {
    if (!/^(serve|worker|redis-server)$/.test(one.name)) continue;
    sample[`memory of ${one.name}, MB`] = one.megabytes;
    sample[`open files of ${one.name}`] = fs.readdirSync(`/proc/${one.pid}/fd`).length;
  }
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const metric = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? 0);
  sample['handles of serve'] = metric('nodejs_active_handles_total');
  sample[HEAP] = metric('nodejs_heap_size_used_bytes') / MEGABYTE;
  sample[SOUNDS] = metric('traum_sounds{status="ready"}');
  sample[SEGMENTS] = metric('traum_index_size{of="segments"}');
  sample[INDEX] = metric('traum_bytes{of="index"}') / MEGABYTE;
  return sample;
}

/** Sounds that can be played from the beginning. @returns {Promise<string[]>} their jobs */
async function uploadSome(api) {
  const random = randomNumbers(7);
  const jobs = [];
  for (let number = 0; number < 10; number++) {
    const file = path.join(os.tmpdir(), `people-${process.pid}-${number}.wav`);
    fs.writeFileSync(file, noise(random));
    const [{ jobId }] = await api.upload([{ name: path.basename(file), path: file }]);
    fs.rmSync(file);
    if (jobId) jobs.push(jobId);
  }
  return jobs;
}

/** No two alike. */
function noise(random) {
  const data = Buffer.alloc(2 * RATE_HZ * UPLOAD_S);
  const step = 0.02 + 0.5 * random();
  for (let at = 0; at < data.length / 2; at++)
    data.writeInt16LE(Math.round(9000 * Math.sin(at * step) + 6000 * (random() - 0.5)), at * 2);
  return wavOf(data, RATE_HZ);
}

function form(name, bytes) {
  const boundary = 'people-who-upload';
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="${name}"\r\nContent-Type: audio/wav\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': String(body.length) },
    body,
  };
}

/** @returns {Promise<any>} */
const get = async (url) => (await fetch(url)).json();

async function until(isSo) {
  for (const end = Date.now() + 600_000; !(await isSo()); await pause(500))
    if (Date.now() > end) throw new Stop('What was uploaded is not processed within ten minutes.');
}
