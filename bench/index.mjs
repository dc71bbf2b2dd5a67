import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { inRoot } from '../scripts/lib/paths.mjs';
import { seconds, step, Stop } from '../scripts/lib/report.mjs';
import { Api } from '../scripts/lib/api.mjs';
import { withApp, withTempDir } from '../scripts/lib/app.mjs';
import { readArgs } from './lib/args.mjs';
import { percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { seedLibrary } from './lib/seed.mjs';

const options = {
  segments: { type: 'string', default: '100000', help: 'segments to add' },
};

const millis = (ms) => `${ms.toFixed(1)} ms`;

/** What the index costs those who use the server meanwhile: adding, starting, and mending a damaged snapshot. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const segments = Number(values.segments);
  if (!Number.isInteger(segments) || segments < 1000) {
    throw new Stop(`--segments takes a whole number from 1000, not "${values.segments}".`);
  }
  await withTempDir(async (folder) => {
    const dataDir = path.join(folder, 'data');
    fs.mkdirSync(dataDir);
    const delays = path.join(folder, 'delays.json');
    const app = (work) =>
      withApp(dataDir, work, { env: { BENCH_LOOP_DELAY: delays, NODE_OPTIONS: `--import ${loopDelay}` } });
    const rows = [
      ...(await step(`Adding ${segments} segments to a running server`, () => adding(app, dataDir, delays, segments))),
      ...(await step('Starting with the snapshot', () => starting(app, delays, segments))),
      ...(await step('Starting with a damaged snapshot', () => mending(app, dataDir, delays, segments))),
    ];
    printTable(`An index of ${segments} segments`, `npm run bench -- index --segments ${segments}`, head, rows);
  });
}

const head = ['what', 'measured', 'event loop held up: p99 / max'];
const loopDelay = new URL('loop-delay.mjs', `file://${inRoot('bench')}/`).href;

function adding(app, dataDir, delays, segments) {
  return app(async ({ url }) => {
    const api = new Api(url);
    await api.indexed(0);
    await api.search('warm up');
    const idle = await heldUp(delays, () => wait(2000));
    const times = [];
    let tookMs = 0;
    const loop = await heldUp(delays, async () => {
      const began = performance.now();
      let done = false;
      const searching = (async () => {
        while (!done) {
          times.push((await api.search(`a sound ${times.length}`)).tookMs);
          await wait(200);
        }
      })();
      await seedLibrary(dataDir, { segments, live: true });
      await api.indexed(segments);
      tookMs = performance.now() - began;
      done = true;
      await searching;
    });
    const [p50, p99] = [0.5, 0.99].map((part) => millis(percentile(times, part)));
    return [
      ['nothing to do', seconds(2000), idle],
      ['adding, until all can be found', seconds(tookMs), loop],
      ['text searches meanwhile: p50 / p99', `${p50} / ${p99}`, ''],
    ];
  });
}

async function starting(app, delays, segments) {
  const began = performance.now();
  return app(async ({ url, startedInMs }) => {
    await new Api(url).indexed(segments);
    return [
      ['start, until it answers', seconds(startedInMs), ''],
      ['start, until the index is complete', seconds(performance.now() - began), current(delays)],
    ];
  });
}

async function mending(app, dataDir, delays, segments) {
  damage(path.join(dataDir, 'index'));
  const began = performance.now();
  return app(async ({ url }) => {
    const api = new Api(url);
    const seen = { progress: new Set(), byWords: 0, told: 0 };
    for (;;) {
      const { index } = await api.stats();
      if (index.state === 'ready' && index.segments >= segments) break;
      seen.progress.add(index.progress.toFixed(2));
      const [byWords, both] = await Promise.all([api.search('seed', { mode: 'keyword' }), api.search('seed')]);
      if (byWords.total > 0) seen.byWords++;
      if (both.wordsOnly?.code === 'not_ready') seen.told++;
      await wait(20);
    }
    const told = `${seen.progress.size} steps of progress seen, ${seen.byWords} searches by name answered, ${seen.told} told of it`;
    return [
      ['damaged snapshot, until the index is complete', seconds(performance.now() - began), current(delays)],
      ['meanwhile', told, ''],
    ];
  });
}

/** One bit in the middle of the vectors. */
function damage(folder) {
  const [model] = fs.readdirSync(folder);
  const name = fs.readdirSync(path.join(folder, model)).find((one) => one.startsWith('segments-'));
  if (!name) throw new Stop('The index has no snapshot to damage.');
  const file = fs.openSync(path.join(folder, model, name), 'r+');
  const at = Math.floor(fs.fstatSync(file).size / 2);
  const byte = Buffer.alloc(1);
  fs.readSync(file, byte, 0, 1, at);
  byte[0] ^= 1;
  fs.writeSync(file, byte, 0, 1, at);
  fs.closeSync(file);
}

async function heldUp(delays, work) {
  fs.writeFileSync(`${delays}.reset`, '');
  while (fs.existsSync(`${delays}.reset`)) await wait(20);
  await work();
  await wait(250);
  return current(delays);
}

/** The clock that measures ticks every millisecond: that much is no delay. */
function current(delays) {
  const { p99, max } = JSON.parse(fs.readFileSync(delays, 'utf8'));
  return `${millis(p99 - 1)} / ${millis(max - 1)}`;
}
