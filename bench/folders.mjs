import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { processesOf, withApp, withTempDir } from '../scripts/lib/app.mjs';
import { inRoot } from '../scripts/lib/paths.mjs';
import { seconds, step, Stop } from '../scripts/lib/report.mjs';
import { wavOf } from '../scripts/lib/wav.mjs';
import { readArgs } from './lib/args.mjs';
import { printTable } from './lib/report.mjs';

const options = {
  files: { type: 'string', default: '100000', help: 'small files, all of them different' },
};

const RATE_HZ = 8000;
const SAMPLES = 400;
const IN_EACH_FOLDER = 250;
/** A file must have rested before it is read. */
const AGE_S = 3600;

/** What it costs to look through a big folder that stays where it is: first, again, and for those who use the server meanwhile. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const files = Number(values.files);
  if (!Number.isInteger(files) || files < 1) throw new Stop(`--files takes a whole number, not "${values.files}".`);
  await withTempDir(async (folder) => {
    const drive = path.join(folder, 'drives', 'Samples');
    await step(`Making ${files} files`, () => make(drive, files));
    const delays = path.join(folder, 'delays.json');
    const dataDir = path.join(folder, 'data');
    fs.mkdirSync(dataDir);
    const env = {
      IMPORT_DIRS: path.dirname(drive),
      BENCH_LOOP_DELAY: delays,
      NODE_OPTIONS: `--import ${inRoot('bench', 'loop-delay.mjs')}`,
    };
    const rows = [];
    const one = async (what, pid, work) => {
      fs.writeFileSync(`${delays}.reset`, '');
      await wait(300);
      const began = performance.now();
      await step(what, work);
      const tookMs = performance.now() - began;
      const server = processesOf(pid).find(({ pid: each }) => each === pid);
      await wait(300);
      const { p50, p99, max } = JSON.parse(fs.readFileSync(delays, 'utf8'));
      const rate = Math.round(files / (tookMs / 1000));
      const held = `${[p50, p99, max].map((ms) => ms.toFixed(1)).join(' / ')} ms`;
      rows.push([what, seconds(tookMs), rate, held, `${server?.megabytes} / ${server?.peakMegabytes} MB`]);
    };
    await withApp(
      dataDir,
      async ({ url, pid }) => {
        // Only what scans cost: what is heard in the sounds is measured elsewhere.
        const workers = processesOf(pid).filter(({ name }) => name.includes('worker'));
        if (workers.length === 0) throw new Stop('No worker was found to be told to wait.');
        for (const worker of workers) process.kill(worker.pid, 'SIGSTOP');
        try {
          const ask = (at, method, body) => call(`${url}/api/v1/folders${at}`, method, body);
          let id = '';
          await one('first scan', pid, async () => {
            ({ id } = await ask('', 'POST', { path: drive, inPlace: true }));
            await scanned(ask, id, files);
          });
          await one('again, nothing changed', pid, async () => {
            await ask(`/${id}/scan`, 'POST');
            await scanned(ask, id, files);
          });
        } finally {
          for (const worker of workers) process.kill(worker.pid, 'SIGCONT');
        }
      },
      { env },
    );
    printTable(
      `A folder of ${files} files that stays where it is`,
      `npm run bench -- folders --files ${files}`,
      ['scan', 'took', 'files a second', 'server held up: p50 / p99 / most', 'memory of the server: after / most'],
      rows,
    );
  });
}

async function scanned(ask, id, files) {
  for (;;) {
    const { items } = await ask('', 'GET');
    const folder = items.find((each) => each.id === id);
    if (folder.error) throw new Stop(folder.error);
    if (folder.scan === null && folder.scannedAt !== null) {
      if (folder.counts.imported !== files) throw new Stop(`Only ${folder.counts.imported} files were imported.`);
      return;
    }
    await wait(500);
  }
}

async function call(url, method, body) {
  const response = await fetch(url, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok) throw new Stop(`${method} ${url}: ${response.status} ${await response.text()}`);
  return /** @type {Promise<{ id: string }>} */ (response.json());
}

/** WAV files of a twentieth of a second, each with its number in its first samples. */
function make(drive, files) {
  const old = Date.now() / 1000 - AGE_S;
  for (let number = 0; number < files; number++) {
    const folder = path.join(drive, `pack ${Math.floor(number / IN_EACH_FOLDER)}`);
    if (number % IN_EACH_FOLDER === 0) fs.mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `sound ${number}.wav`);
    fs.writeFileSync(file, soundOf(number));
    fs.utimesSync(file, old, old);
  }
}

function soundOf(number) {
  const data = Buffer.alloc(SAMPLES * 2);
  for (let at = 0; at < SAMPLES; at++) data.writeInt16LE(Math.round(8000 * Math.sin(at * 0.3)), at * 2);
  data.writeUInt32LE(number, 0);
  return wavOf(data, RATE_HZ);
}
