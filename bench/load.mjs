import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Api } from '../scripts/lib/api.mjs';
import { memoryOf, withApp, withTempDir } from '../scripts/lib/app.mjs';
import { step, Stop } from '../scripts/lib/report.mjs';
import { readArgs } from './lib/args.mjs';
import { newQuery } from './lib/new-queries.mjs';
import { percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { seedLibrary } from './lib/seed.mjs';

const options = {
  segments: { type: 'string', default: '10000', help: 'segments of the library that is searched' },
  seconds: { type: 'string', default: '30', help: 'seconds of searching, idle and again while the worker is busy' },
  audio: { type: 'string', help: 'folder of sounds that the worker is loaded with; else synthetic ones' },
  hours: { type: 'string', default: '4', help: 'length of the recording whose memory is measured' },
};

/** The shortest time without work after which the model leaves the memory, so that the bench need not wait long. */
const IDLE_MINUTES = 0.2;
/** Recordings that keep the worker busy: how long each is, and how many wait or run at any time. */
const RECORDING_S = 300;
const AHEAD = 4;

/** What searching feels while the worker works, and what memory is left in use afterwards. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  if (process.platform !== 'linux') throw new Stop('This bench reads /proc, which only Linux has.');
  const [segments, seconds, hours] = ['segments', 'seconds', 'hours'].map((name) => positive(name, values[name]));
  const rows = await withTempDir((folder) => busyRows(folder, { segments, seconds, audio: values.audio }));
  rows.push(...(await withTempDir((folder) => longRows(folder, hours))));
  const command = `npm run bench -- load ${args.join(' ')}`.trim();
  printTable('Searching while the worker is busy, and memory', command, ['what', 'measured', 'target'], rows);
}

function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new Stop(`--${name} takes a number above 0, not "${text}".`);
  return value;
}

async function busyRows(folder, { segments, seconds, audio }) {
  const dataDir = path.join(folder, 'data');
  fs.mkdirSync(dataDir);
  await step(`Filling a library with ${segments} segments`, () => seedLibrary(dataDir, { segments }));
  const sources = audio ? soundsIn(audio) : [await synthetic(folder)];
  return withApp(
    dataDir,
    async ({ url, pid }) => {
      const api = new Api(url);
      while ((await api.stats()).index.segments < segments) await sleep(100);
      await step('Until nothing is left to do after the start', () => settle(pid));
      const start = memoryOf(pid);
      const idle = await step('Searching, worker idle', () => search(api, seconds, 'a'));

      const load = new Load(api, folder, sources);
      await step('Loading the worker', () => load.start());
      const before = usage(pid);
      const busy = await step('Searching, worker busy', () => search(api, seconds, 'b'));
      const after = usage(pid);
      const work = memoryOf(pid);
      const uploaded = await step('Letting the worker finish', () => load.stop());

      await step('Until the models are unloaded', () => sleep(IDLE_MINUTES * 60_000 + 15_000));
      await settle(pid);
      const ratio = percentile(busy, 0.95) / percentile(idle, 0.95);
      const cores = (after.cpuS - before.cpuS) / (after.atS - before.atS);
      return [
        ['search p50 / p95 / p99, worker idle', spread(idle), ''],
        [
          `search p50 / p95 / p99, worker busy (${uploaded} recordings)`,
          `${spread(busy)}: p95 ${ratio.toFixed(2)} ×`,
          '2 ×',
        ],
        ['cores in use meanwhile (all our processes)', cores.toFixed(2), `${os.availableParallelism()}`],
        ['memory after the start', memory(start), ''],
        ['memory at work', memory(work), ''],
        ['memory once the models were unloaded', memory(memoryOf(pid)), 'as after the start'],
      ];
    },
    { env: { MODEL_IDLE_MINUTES: String(IDLE_MINUTES) } },
  );
}

async function longRows(folder, hours) {
  const dataDir = path.join(folder, 'data');
  const clip = path.join(folder, 'clip.mp3');
  const recording = path.join(folder, 'recording.mp3');
  const source = await synthetic(folder);
  await step(`Making a recording of ${hours} h`, async () => {
    await lengthen(source, clip, 10);
    await lengthen(source, recording, hours * 3600);
  });
  return withApp(dataDir, async ({ url, pid }) => {
    const api = new Api(url);
    const peak = async (file) => {
      const [{ jobId }] = await api.upload([{ name: path.basename(file), path: file }]);
      await api.finished(jobId);
      return Object.fromEntries(memoryOf(pid).map(({ name, peakMegabytes }) => [name, peakMegabytes]));
    };
    const short = await step('A clip of 10 s', () => peak(clip));
    const began = performance.now();
    const long = await step(`A recording of ${hours} h`, () => peak(recording));
    const tookS = Math.round((performance.now() - began) / 1000);
    const more = long.worker - short.worker;
    return [
      [
        `peak of the worker: 10 s / ${hours} h (took ${tookS} s)`,
        `${short.worker} / ${long.worker} MB: +${more}`,
        '+100 MB',
      ],
      [`peak of the server: 10 s / ${hours} h`, `${short.serve} / ${long.serve} MB`, ''],
    ];
  });
}

/** Keeps the worker busy with recordings made of given sounds: as one is done, the next is uploaded. */
class Load {
  #stopped = false;
  #uploaded = 0;
  #lanes = [];

  constructor(api, folder, sources) {
    this.api = api;
    this.folder = folder;
    this.sources = sources;
  }

  /** Returns when every lane has something in the queue. */
  async start() {
    await new Promise((resolve, reject) => {
      this.#lanes = Array.from({ length: AHEAD }, (_, lane) => this.#run(lane, resolve));
      for (const lane of this.#lanes) lane.catch(reject);
    });
  }

  /** @returns {Promise<number>} how many recordings were processed */
  async stop() {
    this.#stopped = true;
    await Promise.all(this.#lanes);
    return this.#uploaded;
  }

  async #run(lane, onQueued) {
    for (let turn = 0; !this.#stopped; turn++) {
      const file = path.join(this.folder, `load-${lane}.mp3`);
      const source = this.sources[(lane + turn * AHEAD) % this.sources.length];
      // Never the same bytes twice: they would be noticed as a duplicate.
      await lengthen(source, file, RECORDING_S + lane + turn * AHEAD);
      const [{ jobId, error }] = await this.api.upload([{ name: `load-${lane}-${turn}.mp3`, path: file }]);
      if (!jobId) throw new Stop(`A recording was not accepted: ${error ?? 'it is a duplicate'}`);
      onQueued();
      await this.api.finished(jobId, 500);
      this.#uploaded++;
    }
  }
}

function soundsIn(folder) {
  const names = fs.readdirSync(folder).filter((name) => /\.(flac|wav|mp3|ogg)$/i.test(name));
  if (names.length === 0) throw new Stop(`There are no sounds in ${folder}.`);
  return names.sort().map((name) => path.join(folder, name));
}

/** A minute of brown noise under a tone. */
async function synthetic(folder) {
  const file = path.join(folder, 'minute.mp3');
  const source =
    'anoisesrc=color=brown:seed=1:sample_rate=48000:duration=60[n];sine=220:duration=60[s];[n][s]amix=inputs=2';
  await ffmpeg(['-filter_complex', source, '-c:a', 'libmp3lame', '-b:a', '128k', file]);
  return file;
}

/** Not waited for in a way that would hold up the searches that are being measured. */
const ffmpeg = (args) => promisify(execFile)('ffmpeg', ['-v', 'error', '-y', ...args]);

/** Repeats a sound until it is long enough. */
async function lengthen(source, file, seconds) {
  const codec = source.endsWith('.mp3') ? ['-c', 'copy'] : ['-c:a', 'libmp3lame', '-b:a', '128k'];
  await ffmpeg(['-stream_loop', '-1', '-i', source, '-t', String(seconds), ...codec, file]);
}

/** One person who asks something new ten times a second. @returns {Promise<number[]>} milliseconds of each search */
async function search(api, seconds, name) {
  const times = [];
  const until = performance.now() + seconds * 1000;
  for (let turn = 0; performance.now() < until; turn++) {
    const began = performance.now();
    await api.search(newQuery(name, turn), { limit: 20 });
    times.push(performance.now() - began);
    await sleep(100);
  }
  return times;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until the processes have used next to no processor time for two seconds. */
async function settle(pid) {
  for (let last = usage(pid).cpuS; ;) {
    await sleep(2000);
    const { cpuS } = usage(pid);
    if (cpuS - last < 0.2) return;
    last = cpuS;
  }
}

function usage(pid) {
  return { atS: performance.now() / 1000, cpuS: memoryOf(pid).reduce((sum, process) => sum + process.cpuS, 0) };
}

const spread = (times) => [0.5, 0.95, 0.99].map((part) => percentile(times, part).toFixed(1)).join(' / ') + ' ms';

function memory(processes) {
  const total = processes.reduce((sum, { megabytes }) => sum + megabytes, 0);
  return `${total} MB (${processes.map(({ name, megabytes }) => `${name} ${megabytes}`).join(', ')})`;
}
