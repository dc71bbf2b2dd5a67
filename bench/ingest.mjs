import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Api } from '../scripts/lib/api.mjs';
import { processesOf, withApp, withTempDir } from '../scripts/lib/app.mjs';
import { inRoot, root } from '../scripts/lib/paths.mjs';
import { step, Stop } from '../scripts/lib/report.mjs';
import { wavOf } from '../scripts/lib/wav.mjs';
import { readArgs } from './lib/args.mjs';
import { randomNumbers } from './lib/random.mjs';
import { printTable } from './lib/report.mjs';

const options = {
  sounds: { type: 'string', default: '1000', help: 'one-shots' },
  seconds: { type: 'string', default: '2.5', help: 'length of each' },
  format: { type: 'string', default: 'wav', help: 'wav, aiff, flac, mp3, ogg, m4a; several with commas between' },
  against: { type: 'string', help: 'folder of another built checkout, measured in turn in the same run' },
  rounds: { type: 'string', default: '1', help: 'how often each checkout is measured' },
};

const RATE_HZ = 44_100;
const BATCH = 20;
/** Requests at the same time, as the pages make them. */
const LANES = 2;
const CODECS = {
  wav: null,
  aiff: ['-c:a', 'pcm_s16be'],
  flac: ['-c:a', 'flac'],
  mp3: ['-c:a', 'libmp3lame', '-b:a', '192k'],
  ogg: ['-c:a', 'libvorbis', '-q:a', '5'],
  m4a: ['-c:a', 'aac', '-b:a', '160k'],
};

/** How soon a folder of small sounds can be searched, and who works how long for it. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const [sounds, seconds, rounds] = ['sounds', 'seconds', 'rounds'].map((name) => positive(name, values[name]));
  const formats = values.format.split(',');
  const unknown = formats.find((name) => !(name in CODECS));
  if (unknown !== undefined) throw new Stop(`--format takes ${Object.keys(CODECS).join(', ')}, not "${unknown}".`);
  await withTempDir(async (folder) => {
    const files = await step(`Making ${sounds} sounds`, () => make(folder, { sounds, seconds, formats }));
    const checkouts = [root, ...(values.against ? [path.resolve(values.against)] : [])];
    const rows = [];
    for (let round = 0; round < rounds; round++) {
      // Those who take turns meet the same neighbours.
      for (const checkout of round % 2 === 0 ? checkouts.toReversed() : checkouts) {
        const name = checkout === root ? 'this' : 'other';
        rows.push([name, ...(await step(`Round ${round + 1}, ${name}`, () => measure(folder, files, checkout)))]);
      }
    }
    const header = [
      'checkout',
      'searchable after',
      'sounds a second',
      'upload',
      'processor: server / worker / programs of both / redis',
      'server held up: p50 / p99 / most',
      'memory: server / worker',
    ];
    printTable(
      `${sounds} sounds of ${seconds} s (${formats.join(', ')})`,
      `npm run bench -- ingest ${args.join(' ')}`.trim(),
      header,
      rows,
    );
  });
}

function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new Stop(`--${name} takes a number above 0, not "${text}".`);
  return value;
}

async function measure(folder, files, checkout) {
  const dataDir = fs.mkdtempSync(path.join(folder, 'data-'));
  const delayFile = path.join(folder, 'loop-delay');
  const env = {
    BENCH_LOOP_DELAY: delayFile,
    NODE_OPTIONS: `--import ${inRoot('bench', 'loop-delay.mjs')}`,
  };
  return withApp(
    dataDir,
    async ({ url, pid }) => {
      const api = new Api(url);
      // What is loaded at the first sound, and stays, is not the cost of a sound.
      await uploadAll(api, files.slice(0, 2));
      await searchable(api, 2);
      await sleep(2000);
      fs.writeFileSync(`${delayFile}.reset`, '');
      await sleep(300);
      const before = processorOf(pid);
      const began = performance.now();
      await uploadAll(api, files.slice(2));
      const uploadedS = (performance.now() - began) / 1000;
      await searchable(api, files.length);
      const tookS = (performance.now() - began) / 1000;
      const after = processorOf(pid);
      await sleep(200);
      const { p50, p99, max } = JSON.parse(fs.readFileSync(delayFile, 'utf8'));
      const used = (name) => (after[name] - before[name]).toFixed(1);
      return [
        `${tookS.toFixed(1)} s`,
        ((files.length - 2) / tookS).toFixed(1),
        `${uploadedS.toFixed(1)} s`,
        `${used('serve')} / ${used('worker')} / ${used('programs')} / ${used('redis')} s`,
        `${[p50, p99, max].map((ms) => ms.toFixed(1)).join(' / ')} ms`,
        `${after.serveMb} / ${after.workerMb} MB`,
      ];
    },
    { env, checkout },
  );
}

async function uploadAll(api, files) {
  let next = 0;
  const lane = async () => {
    while (next < files.length) {
      const batch = files.slice(next, (next += BATCH));
      const uploads = await api.upload(batch.map((file) => ({ name: path.basename(file), path: file })));
      const refused = uploads.find(({ jobId }) => !jobId);
      if (refused) throw new Stop(`${refused.filename} was ${refused.status}: ${refused.error ?? ''}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Processed, and in the index of vectors. */
async function searchable(api, count) {
  for (;;) {
    const { library, index } = await api.stats();
    if (library.failed > 0) throw new Stop('Some sounds could not be processed.');
    if (index.segments >= count) return;
    await sleep(100);
  }
}

function processorOf(rootPid) {
  const all = processesOf(rootPid);
  const sum = (of, pick) => all.filter(of).reduce((total, entry) => total + pick(entry), 0);
  const named = (name) => (entry) => entry.name === name;
  const own = ({ ownCpuS }) => ownCpuS;
  const memory = ({ megabytes }) => megabytes;
  const isProgram = ({ name }) => !['serve', 'worker'].includes(name) && !name.startsWith('redis');
  return {
    serve: sum(named('serve'), own),
    worker: sum(named('worker'), own),
    redis: sum(({ name }) => name.startsWith('redis'), own),
    programs:
      sum(isProgram, own) +
      sum(
        () => true,
        ({ cpuS, ownCpuS }) => cpuS - ownCpuS,
      ),
    serveMb: sum(named('serve'), memory),
    workerMb: sum(named('worker'), memory),
  };
}

async function make(folder, { sounds, seconds, formats }) {
  const random = randomNumbers(7);
  const files = [];
  for (let index = 0; index < sounds; index++) {
    const format = formats[index % formats.length];
    const wav = path.join(folder, `shot-${String(index).padStart(5, '0')}.wav`);
    fs.writeFileSync(wav, oneShot(seconds, random));
    if (CODECS[format] === null) {
      files.push(wav);
      continue;
    }
    const file = wav.replace(/wav$/, format);
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', wav, ...CODECS[format], file]);
    fs.rmSync(wav);
    files.push(file);
  }
  return files;
}

/** A struck tone with noise, fading, in stereo: each another. */
function oneShot(seconds, random) {
  const frames = Math.round(seconds * RATE_HZ);
  const data = Buffer.alloc(4 * frames);
  const [pitch, fade, noise] = [60 + 2000 * random() ** 2, 1 + 8 * random(), random()];
  for (let frame = 0; frame < frames; frame++) {
    const t = frame / RATE_HZ;
    const level = 0.8 * Math.exp(-fade * t);
    const tone = (1 - noise) * Math.sin(2 * Math.PI * pitch * t);
    for (let channel = 0; channel < 2; channel++) {
      const value = level * (tone + noise * (2 * random() - 1));
      data.writeInt16LE(Math.round(32_767 * value), 4 * frame + 2 * channel);
    }
  }
  return wavOf(data, RATE_HZ, 2);
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
