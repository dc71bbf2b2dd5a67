import http from 'node:http';
import path from 'node:path';
import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Api } from '../scripts/lib/api.mjs';
import { withApp, withTempDir } from '../scripts/lib/app.mjs';
import { step, Stop } from '../scripts/lib/report.mjs';
import { readArgs } from './lib/args.mjs';
import { newQuery } from './lib/new-queries.mjs';
import { percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { seedLibrary } from './lib/seed.mjs';

const options = {
  clients: { type: 'string', default: '500', help: 'streams of events that are open' },
  searches: { type: 'string', default: '150', help: 'searches to measure in each of the rounds' },
  rounds: { type: 'string', default: '3', help: 'rounds without and with the streams, by turns' },
  segments: { type: 'string', default: '10000', help: 'segments of the library that is searched' },
};
/** Sounds are changed all the time, with and without listeners, so that there is something to tell. */
const CHANGE_EVERY_MS = 100;

/** What many open streams of events cost the searches of another client. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const [clients, searches, rounds, segments] = ['clients', 'searches', 'rounds', 'segments'].map((name) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new Stop(`--${name} takes a whole number above 0.`);
    return value;
  });
  await withTempDir(async (folder) => {
    const dataDir = path.join(folder, 'data');
    fs.mkdirSync(dataDir);
    await step(`Filling a library with ${segments} segments`, () => seedLibrary(dataDir, { segments }));
    const env = { MAX_FOLLOWERS: String(clients * 2) };
    const rows = await withApp(dataDir, ({ url }) => measure(url, { clients, searches, rounds, segments }), { env });
    const command = `npm run bench -- followers ${args.join(' ')}`.trim();
    printTable(`Searching beside ${clients} streams of events`, command, ['what', 'measured'], rows);
  });
}

async function measure(url, { clients, searches, rounds, segments }) {
  const api = new Api(url);
  while ((await api.stats()).index.segments < segments) await pause(100);
  const changes = changeSounds(url);
  await step('Warming up', () => searchTimes(api, 50, 0));
  const alone = [];
  const beside = [];
  const counted = { messages: 0, bytes: 0 };
  for (let round = 1; round <= rounds; round++) {
    alone.push(...(await step('Searching alone', () => searchTimes(api, searches, 2 * round))));
    const streams = await step(`${clients} streams open`, () => openStreams(url, clients, counted));
    await pause(1000);
    beside.push(...(await step('Searching beside them', () => searchTimes(api, searches, 2 * round + 1))));
    for (const stream of streams) stream.destroy();
    await pause(1000);
  }
  await changes.stop();
  const of = (times, part) => percentile(times, part);
  const line = (part) => {
    const [before, after] = [of(alone, part), of(beside, part)];
    return `${before.toFixed(1)} ms alone, ${after.toFixed(1)} ms beside them = ${(after / before).toFixed(2)} times`;
  };
  return [
    ['search p50', line(0.5)],
    ['search p95', line(0.95)],
    ['sent to all streams', `${counted.messages} messages, ${(counted.bytes / 1e6).toFixed(1)} MB`],
  ];
}

async function searchTimes(api, count, round) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await api.search(newQuery(200 + round, i), { limit: 20 });
    times.push(performance.now() - began);
    await pause(20);
  }
  return times;
}

function openStreams(url, count, counted) {
  const open = () =>
    new Promise((resolve, reject) => {
      const request = http.get(`${url}/api/v1/events`, { agent: false }, (response) => {
        if (response.statusCode !== 200) reject(new Stop(`A stream of events was refused: ${response.statusCode}.`));
        response.on('data', (chunk) => {
          counted.bytes += chunk.length;
          counted.messages++;
        });
        response.on('error', () => undefined);
        resolve(request);
      });
      request.on('error', reject);
    });
  return Promise.all(Array.from({ length: count }, open));
}

function changeSounds(url) {
  let over = false;
  const changing = (async () => {
    for (let i = 0; !over; i++) {
      const response = await fetch(`${url}/api/v1/audio/files/tags`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ids: [`seed-${i % 100}`], add: [`tag ${i % 7}`], remove: [] }),
      });
      if (!response.ok) throw new Stop(`A sound could not be changed: ${await response.text()}`);
      await pause(CHANGE_EVERY_MS);
    }
  })();
  // Thrown where it is waited for, so that the app is stopped first.
  changing.catch(() => undefined);
  return {
    stop: () => {
      over = true;
      return changing;
    },
  };
}
