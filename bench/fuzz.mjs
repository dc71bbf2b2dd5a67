import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { memoryOf, withApp, withTempDir } from '../scripts/lib/app.mjs';
import { say, step, Stop } from '../scripts/lib/report.mjs';
import { readArgs } from './lib/args.mjs';
import { randomNumbers } from './lib/random.mjs';
import { printTable } from './lib/report.mjs';
import { mutated } from './lib/fuzz/files.mjs';
import { requestsOf } from './lib/fuzz/requests.mjs';

const options = {
  files: { type: 'string', default: '2000', help: 'mutated files to upload' },
  requests: { type: 'string', default: '5000', help: 'requests made up from openapi.json' },
  seed: { type: 'string', default: '1', help: 'the same number makes the same files and requests' },
};

const PATIENCE_MS = 60_000;
const AT_ONCE = 4;
const FILES_AT_ONCE = 20;

/** Broken files and made-up requests: no answer of 500 and more, none that does not come, and memory within bounds. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  if (process.platform !== 'linux') throw new Stop('This bench reads /proc and needs Linux.');
  await withTempDir((folder) =>
    withApp(path.join(folder, 'data'), async ({ url, pid }) => {
      const random = randomNumbers(Number(values.seed));
      const watch = watchMemory(pid);
      const tally = new Tally();
      await step(`Uploading ${values.files} mutated files`, () =>
        sendFiles(url, folder, Number(values.files), random, tally),
      );
      await step('Until all are processed', () => settled(url));
      await step(`Sending ${values.requests} made-up requests`, () =>
        sendRequests(url, Number(values.requests), random, tally),
      );
      const alive = await fetch(`${url}/api/v1/health`).then(
        (response) => response.ok,
        () => false,
      );
      const peaks = watch.stop();
      for (const fault of tally.faults.slice(0, 40)) say(fault);
      printTable(
        `${values.files} mutated files and ${values.requests} made-up requests, seed ${values.seed}`,
        'npm run bench -- fuzz',
        ['what', 'measured'],
        [
          [
            'answers by status',
            [...tally.statuses]
              .sort()
              .map(([status, count]) => `${status}: ${count}`)
              .join(', '),
          ],
          ['faults (5xx but 503, none within a minute)', String(tally.faults.length)],
          ['slowest answer', `${Math.round(tally.slowestMs)} ms`],
          ['peak memory of one process, by program', peaks.map(([name, peak]) => `${name} ${peak} MB`).join(', ')],
          ['still alive', alive ? 'yes' : 'no'],
        ],
      );
      return tally.faults.length === 0 && alive ? 0 : 1;
    }),
  );
}

class Tally {
  statuses = new Map();
  faults = [];
  slowestMs = 0;

  async ask(what, url, init) {
    const began = performance.now();
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'manual' });
      // Streams of events do not end by themselves.
      if (response.headers.get('content-type')?.startsWith('text/event-stream')) await response.body?.cancel();
      else await response.arrayBuffer();
      this.statuses.set(response.status, (this.statuses.get(response.status) ?? 0) + 1);
      if (response.status >= 500 && response.status !== 503) this.faults.push(`${response.status} ${what}`);
    } catch (error) {
      this.faults.push(`${error.name} ${what}`);
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
  }
}

async function sendFiles(url, folder, count, random, tally) {
  const originals = makeOriginals(folder);
  for (let sent = 0; sent < count; sent += FILES_AT_ONCE) {
    const form = new FormData();
    for (let i = 0; i < Math.min(FILES_AT_ONCE, count - sent); i++) {
      const { name, bytes } = originals[Math.floor(random() * originals.length)];
      form.append('files', new Blob([mutated(bytes, random)]), `${sent + i}-${name}`);
    }
    await tally.ask(`upload from ${sent}`, `${url}/api/v1/audio/upload`, { method: 'POST', body: form });
  }
}

const FORMATS = ['wav', 'flac', 'mp3', 'ogg', 'opus', 'm4a', 'aiff', 'caf', 'au', 'wv', 'w64', 'webm', 'wma', 'mka'];

/** One second in every format that ffmpeg writes here. */
function makeOriginals(folder) {
  return FORMATS.flatMap((format) => {
    const file = path.join(folder, `original.${format}`);
    const tags = ['-metadata', 'title=Fuzz', '-metadata', 'artist=Nobody'];
    try {
      execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=440:duration=1', ...tags, '-y', file]);
    } catch {
      return [];
    }
    return [{ name: `sound.${format}`, bytes: fs.readFileSync(file) }];
  });
}

async function settled(url) {
  for (let waited = 0; waited < 900; waited++) {
    /** @type {any} */
    const { queue } = await (await fetch(`${url}/api/v1/analytics/stats`)).json();
    if ((queue.waiting ?? 0) + (queue.active ?? 0) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function sendRequests(url, count, random, tally) {
  const { openapi, sounds } = await describe(url);
  const next = requestsOf(openapi, sounds, random);
  let sent = 0;
  const work = async () => {
    while (sent < count) {
      sent++;
      const { what, path: address, init } = next();
      await tally.ask(what, url + address, init);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function describe(url) {
  const openapi = await (await fetch(`${url}/openapi.json`)).json();
  /** @type {any} */
  const { items } = await (await fetch(`${url}/api/v1/audio/files?limit=20`)).json();
  return { openapi, sounds: items.map(({ id }) => id) };
}

/** The most that one process of each program held. */
function watchMemory(pid) {
  const peaks = new Map();
  const look = () => {
    for (const { name, peakMegabytes } of memoryOf(pid)) peaks.set(name, Math.max(peaks.get(name) ?? 0, peakMegabytes));
  };
  const timer = setInterval(look, 200);
  return {
    stop() {
      clearInterval(timer);
      return [...peaks].sort(([, a], [, b]) => b - a);
    },
  };
}
