import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Api } from '../scripts/lib/api.mjs';
import { memoryOf, withApp, withTempDir } from '../scripts/lib/app.mjs';
import { step, Stop } from '../scripts/lib/report.mjs';
import { readArgs } from './lib/args.mjs';
import { printTable } from './lib/report.mjs';
import { seedLibrary } from './lib/seed.mjs';

const options = {
  sounds: { type: 'string', default: '100000', help: 'sounds of the library, with a segment each' },
  rounds: {
    type: 'string',
    default: '3',
    help: 'starts to measure, after the one that writes the snapshot of the index',
  },
};

/** How long a library takes from the start of the program until it answers, and until it finds by sound. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const [sounds, rounds] = ['sounds', 'rounds'].map((name) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new Stop(`--${name} takes a whole number above 0.`);
    return value;
  });
  const rows = await withTempDir(async (folder) => {
    const dataDir = path.join(folder, 'data');
    fs.mkdirSync(dataDir);
    await step(`Filling a library with ${sounds} sounds`, () =>
      seedLibrary(dataDir, { segments: sounds, segmentsPerSound: 1, named: true }),
    );
    const all = [];
    for (let round = 0; round <= rounds; round++) {
      const name = round === 0 ? 'without a snapshot of the index' : `with one, ${round}`;
      all.push([name, ...(await step(`Start ${name}`, () => begin(dataDir, sounds)))]);
    }
    return all;
  });
  const head = [
    'start',
    'listens',
    'every part ready',
    'first search by sound answered',
    'processor time',
    'memory',
    'load of the machine',
  ];
  printTable(`Start with ${sounds} sounds`, `npm run bench -- start ${args.join(' ')}`.trim(), head, rows);
}

function begin(dataDir, sounds) {
  const began = performance.now();
  const sinceS = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  return withApp(dataDir, async ({ url, pid }) => {
    const listens = sinceS();
    while (!(await fetch(`${url}/health/ready`)).ok) await pause(20);
    const api = new Api(url);
    await api.indexed(sounds, 20);
    const ready = sinceS();
    await api.search('rain on a roof', { mode: 'semantic' });
    const searched = sinceS();
    const used = memoryOf(pid);
    const sum = (of) => used.reduce((all, one) => all + of(one), 0);
    return [
      listens,
      ready,
      searched,
      `${sum(({ cpuS }) => cpuS).toFixed(1)} s`,
      `${sum(({ megabytes }) => megabytes)} MB`,
      (os.loadavg()[0] ?? 0).toFixed(1),
    ];
  });
}
