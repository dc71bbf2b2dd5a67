import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { step, Stop } from '../scripts/lib/report.mjs';
import { Api } from '../scripts/lib/api.mjs';
import { memoryOf, withApp, withTempDir } from '../scripts/lib/app.mjs';
import { fromBackend } from './lib/backend.mjs';
import { readArgs } from './lib/args.mjs';
import { newQuery } from './lib/new-queries.mjs';
import { percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { seedLibrary } from './lib/seed.mjs';

const options = {
  segments: { type: 'string', default: '10000', help: 'segments of the library that is searched' },
  users: { type: 'string', default: '10', help: 'users who search at the same time' },
  queries: { type: 'string', default: '100', help: 'searches of each user' },
};

const ROUNDS = 220;
const WARM_UP = 20;
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
const millis = (ms) => `${ms.toFixed(1)} ms`;

/** What a person waits for: uploads, until a sound can be found, and answers while others search too. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const [segments, users, queries] = ['segments', 'users', 'queries'].map((name) => positive(name, values[name]));
  const rows = await withTempDir((folder) => ingestRows(folder));
  rows.push(...(await withTempDir((folder) => searchRows(folder, { segments, users, queries }))));
  rows.push(...(await withTempDir((folder) => suggestionRows(folder))));
  printTable('What a person waits for', 'npm run bench -- latency', ['what', 'measured'], rows);
}

function positive(name, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Stop(`--${name} takes a whole number above 0, not "${text}".`);
  return value;
}

async function ingestRows(folder) {
  const wav = path.join(folder, 'ten-megabytes.wav');
  const mp3 = path.join(folder, 'three-minutes.mp3');
  await step('Making test files', async () => {
    // 48 kHz, stereo, 16 bit: 54.6 s are 10 MiB.
    makeAudio(wav, 54.6, ['-c:a', 'pcm_s16le']);
    makeAudio(mp3, 180, ['-c:a', 'libmp3lame', '-b:a', '192k']);
  });
  return withApp(path.join(folder, 'data'), async ({ url, pid, startedInMs }) => {
    const api = new Api(url);
    const rows = [['start, empty library', seconds(startedInMs)]];
    const idle = memoryRow('memory after start', pid);

    const large = await step('Uploading 10 MB', () => timed(() => uploadOne(api, wav)));
    await api.finished(large.result.jobId);
    rows.push(['upload of a 10 MB WAV, until accepted', seconds(large.ms)]);

    const song = await step('A 3-minute MP3 until it can be found', () =>
      timed(async () => api.finished((await uploadOne(api, mp3)).jobId, 20)),
    );
    rows.push(['3-minute MP3, upload to searchable', seconds(song.ms)]);
    return [...rows, idle, memoryRow('memory after these uploads', pid)];
  });
}

async function searchRows(folder, { segments, users, queries }) {
  await step(`Filling a library with ${segments} segments`, () => seedLibrary(folder, { segments }));
  return withApp(folder, async ({ url, pid, startedInMs }) => {
    const api = new Api(url);
    await until(async () => (await api.stats()).index.segments >= segments);
    await api.search('warm up');
    const label = `text search, ${segments} segments, ${users} users at once`;
    const fresh = await step('Searching, every query new', () =>
      searchAll(api, users, queries, (u, i) => newQuery(u, i)),
    );
    const alone = await step('The text tower by itself, and searches of one user', () => textSearch(api));
    const known = await step('Searching, queries repeated', () =>
      searchAll(api, users, queries, (u, i) => newQuery(0, i % 10)),
    );
    const spread = (times) => [0.5, 0.95, 0.99].map((part) => millis(percentile(times, part))).join(' / ');
    return [
      [`start, ${segments} segments`, seconds(startedInMs)],
      [`${label}, every query new: p50 / p95 / p99`, spread(fresh)],
      ['text search by one user, every query new / text tower by itself: p50', alone],
      [`${label}, repeated queries: p50 / p95 / p99`, spread(known)],
      memoryRow('memory after these searches', pid),
    ];
  });
}

const SOUNDS = 10_000;
/** As it is typed, letter by letter. */
const TYPED = [
  'rain on the roof',
  'thunder tag:bel',
  '-tag:kic',
  'artist:guitar',
  'name:pia',
  'glass wood',
  'xylo',
  'like:eng',
];

async function suggestionRows(folder) {
  await step(`Filling a library with ${SOUNDS} named sounds`, () =>
    seedLibrary(folder, { segments: SOUNDS, segmentsPerSound: 1, named: true }),
  );
  return withApp(folder, async ({ url }) => {
    const api = new Api(url);
    await until(async () => (await api.stats()).index.segments >= SOUNDS);
    const texts = TYPED.flatMap((text) => Array.from({ length: text.length + 1 }, (_, end) => text.slice(0, end)));
    const times = [];
    for (const text of [...texts, ...texts]) times.push((await timed(() => api.suggestions(text))).ms);
    const spread = [0.5, 0.95, 1].map((part) => millis(percentile(times, part))).join(' / ');
    return [[`suggestions while typing, ${SOUNDS} sounds: p50 / p95 / most`, spread]];
  });
}

/** How long the server takes for a text that it does not know, beside what its model alone needs for such a text. */
async function textSearch(api) {
  const { createTextEmbedder, loadModel } = await fromBackend('clap/index.js');
  const { loadConfig } = await fromBackend('config.js');
  const { modelsDir, model } = loadConfig();
  const silent = { info: () => undefined, warn: () => undefined };
  const embedder = await createTextEmbedder(await loadModel(modelsDir, model), { provider: 'cpu', logger: silent });
  /** @type {[number[], number[]]} */
  const [searches, tower] = [[], []];
  // In turn, so that whatever else the machine does meets both alike.
  for (let turn = 0; turn < ROUNDS; turn++) {
    searches.push((await api.search(newQuery(50, turn), { limit: 20 })).tookMs);
    tower.push((await timed(() => embedder.embedTexts([newQuery(60, turn)]))).ms);
  }
  await embedder.close();
  const [search, text] = [searches, tower].map((times) => percentile(times.slice(WARM_UP), 0.5));
  return `${millis(search)} / ${millis(text)} = ${(search / text).toFixed(2)}`;
}

/** @returns {Promise<number[]>} milliseconds of each search */
async function searchAll(api, users, queries, queryOf) {
  const times = [];
  await Promise.all(
    Array.from({ length: users }, async (_, user) => {
      for (let i = 0; i < queries; i++) times.push((await timed(() => api.search(queryOf(user, i), { limit: 20 }))).ms);
    }),
  );
  return times;
}

/** Pink noise under a slow tone: plausible for a decoder, the same in every run. */
function makeAudio(file, durationS, codec) {
  const source = `anoisesrc=color=pink:seed=1:sample_rate=48000:duration=${durationS}[n];sine=220:sample_rate=48000:duration=${durationS}[s];[n][s]amix=inputs=2`;
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-filter_complex', source, '-ac', '2', ...codec, file]);
}

async function uploadOne(api, file) {
  const [upload] = await api.upload([{ name: path.basename(file), path: file }]);
  if (!upload.jobId) throw new Stop(`${upload.filename} was ${upload.status}: ${upload.error ?? ''}`);
  return upload;
}

async function timed(work) {
  const began = performance.now();
  const result = await work();
  return { result, ms: performance.now() - began };
}

async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 100));
}

function memoryRow(title, pid) {
  const parts = memoryOf(pid);
  const total = parts.reduce((sum, part) => sum + part.megabytes, 0);
  return [title, `${total} MB (${parts.map(({ name, megabytes }) => `${name} ${megabytes}`).join(', ')})`];
}
