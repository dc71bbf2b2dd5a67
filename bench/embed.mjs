import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withTempDir } from '../scripts/lib/app.mjs';
import { inRoot } from '../scripts/lib/paths.mjs';
import { say, step, Stop } from '../scripts/lib/report.mjs';
import { installNodePeer, layOut, measured, pythonProblem } from './embed/peers.mjs';
import { fromBackend } from './lib/backend.mjs';
import { readArgs } from './lib/args.mjs';
import { printTable } from './lib/report.mjs';

const FULL_SIZE = 'full-size-clap';

const options = {
  model: { type: 'string', default: 'compact-clap', help: `id of the model; ${FULL_SIZE}: random weights` },
  threads: { type: 'string', default: String(os.availableParallelism()), help: 'threads when all are used' },
  seconds: { type: 'string', default: '600', help: 'length of the long sound' },
  rounds: { type: 'string', default: '15', help: 'rounds, of which the fastest counts' },
  batch: { type: 'string', default: '8', help: 'windows per run where they are batched' },
  python: { type: 'string', help: 'Python with torch and transformers, to measure them in the same run' },
  alone: { type: 'boolean', help: 'measure no other libraries' },
};

/** How fast sounds become vectors: each part, the whole way, and other libraries on the same weights in the same run. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const [threads, seconds, rounds, batch] = ['threads', 'seconds', 'rounds', 'batch'].map((name) =>
    positive(name, values[name]),
  );
  const modelsDir = values.model === FULL_SIZE ? inRoot('.cache') : inRoot('models');
  if (values.model === FULL_SIZE) await step('The full-size model', () => makeFullSize(values.python));
  const { loadModel } = await fromBackend('clap/index.js');
  const model = await loadModel(modelsDir, values.model);
  const common = { modelsDir, id: values.model, rounds, batch, seconds };

  const rows = await withTempDir(async (folder) => {
    const ours = await measureOurs(folder, common, threads);
    const peers = values.alone ? [] : await measurePeers(folder, model, { ...values, threads, rounds, batch, seconds });
    return [...ourRows(ours, model, { threads, batch }), ...peers.flatMap((peer) => peerRows(peer, ours, threads))];
  });
  const { windowS, sampleRateHz } = model.info;
  const title = `Embedding with ${model.info.name} (windows of ${windowS} s at ${sampleRateHz / 1000} kHz)`;
  printTable(title, `npm run bench -- embed ${args.join(' ')}`.trim(), ['what', 'per window', 'compare'], rows);
  say('\nThe long sound overlaps by half a window: two windows per window length.');
}

function positive(name, text) {
  const value = Number(text);
  if (!(value >= 1)) throw new Stop(`--${name} takes a number above 0, not "${text}".`);
  return value;
}

function makeFullSize(python) {
  const folder = inRoot('.cache', FULL_SIZE);
  if (fs.existsSync(path.join(folder, 'manifest.json'))) return;
  const script = inRoot('backend', 'test', 'golden', 'make_full_size.py');
  if (!python) {
    throw new Stop(
      `The model ${FULL_SIZE} has to be made first, by a Python with the packages of backend/test/golden/requirements.txt:\n` +
        `  PYTHON ${path.relative(inRoot(), script)} ${path.relative(inRoot(), folder)}\nOr name that Python with --python.`,
    );
  }
  execFileSync(python, [script, folder], { stdio: 'ignore' });
}

async function measureOurs(folder, common, threads) {
  const recording = path.join(folder, 'recording.mp3');
  const ours = (part, more = {}) =>
    measured(process.execPath, [
      inRoot('bench', 'embed', 'ours.mjs'),
      JSON.stringify({ ...common, part, recording, ...more }),
    ]);
  const window = await step('One window on one thread', () => ours('window'));
  await step('Making a recording', () => makeRecording(recording, common.seconds));
  const long = [];
  for (const count of new Set([1, threads])) {
    await step(`A long sound, threads: ${count}`, () => {
      const [bare, whole, file] = ['bare', 'whole', 'recording'].map((part) => ours(part, { threads: count }));
      long.push({ threads: count, bare, whole, file });
    });
  }
  return { window, long, texts: await step('Texts', () => ours('texts')) };
}

/** Brown noise under a tone, as MP3: decoding it is real work. */
function makeRecording(file, seconds) {
  const source = `anoisesrc=color=brown:seed=1:sample_rate=48000:duration=${seconds}[n];sine=220:sample_rate=48000:duration=${seconds}[s];[n][s]amix=inputs=2`;
  const codec = ['-ac', '2', '-c:a', 'libmp3lame', '-b:a', '192k'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-filter_complex', source, ...codec, file]);
}

async function measurePeers(folder, model, { python, threads, rounds, batch, seconds }) {
  const layout = path.join(folder, 'peer');
  layOut(layout, model);
  const windows = Math.max(1, Math.min(30, Math.round(seconds / model.info.windowS)));
  const settings = JSON.stringify({ folder: layout, threads, rounds, batch, windows });
  /** @type {any[]} */
  const peers = [];
  await step('@huggingface/transformers', () => {
    installNodePeer();
    const result = measured(process.execPath, [inRoot('bench', 'embed', 'peer', 'transformers.mjs'), settings]);
    peers.push({ name: '@huggingface/transformers', ...result });
  });
  const problem = pythonProblem(python);
  if (problem) peers.push({ name: 'transformers in Python', problem });
  else {
    await step('transformers in Python', () => {
      const result = measured(python, [inRoot('bench', 'embed', 'peer', 'pytorch.py'), settings]);
      peers.push({ name: 'transformers in Python', ...result });
    });
  }
  return peers;
}

const millis = (ms) => `${ms.toFixed(1)} ms`;
const times = (value) => `${value.toFixed(2)} ×`;

function ourRows({ window, long, texts }, { info }, { threads, batch }) {
  const perSecond = (ms, stepS) => `${Math.round((stepS * 1000) / ms)} s of sound per second`;
  const rows = [
    ['front end (log-mel), one thread', millis(window.frontEndMs), perSecond(window.frontEndMs, info.windowS)],
    ['bare session, one thread', millis(window.modelMs), perSecond(window.modelMs, info.windowS)],
    [
      `bare session, ${batch} windows at once`,
      millis(window.batchMs),
      `${times(window.modelMs / window.batchMs)} as fast`,
    ],
  ];
  for (const { threads: count, bare, whole, file } of long) {
    const hop = info.windowS / 2;
    const compared = ({ windowMs }) => `${times(bare.windowMs / windowMs)} the bare session's speed`;
    rows.push(
      [`long sound, threads: ${count}: bare session`, millis(bare.windowMs), perSecond(bare.windowMs, hop)],
      ['– samples to vectors', millis(whole.windowMs), `${perSecond(whole.windowMs, hop)}, ${compared(whole)}`],
      ['– MP3 to vectors', millis(file.windowMs), `${perSecond(file.windowMs, hop)}, ${compared(file)}`],
      ['– peak memory', `${file.peakMB} MB`, `${bare.peakMB} MB for the bare session`],
    );
  }
  const [{ whole }] = long.slice(-1);
  rows.push(['a text by itself', millis(texts.aloneMs), `batched: ${millis(texts.togetherMs)}`]);
  return [...rows, [`**ours, threads: ${threads}**`, millis(whole.windowMs), `${whole.peakMB} MB`]];
}

/** Each compared with ours: above 1 the peer is slower. */
function peerRows({ name, problem, version, ...peer }, { window, long }, threads) {
  if (problem) return [[`**${name}**`, '', problem]];
  const against = (theirs, ours) => [millis(theirs), `${times(theirs / ours)} our time`];
  const rows = [
    [`**${name} ${version}**`, '', `peak memory ${peer.peakMB} MB`],
    ['– front end, one thread', millis(peer.frontEndMs), `ours takes ${times(window.frontEndMs / peer.frontEndMs)}`],
  ];
  if (peer.modelMs === undefined) return [...rows, ['– model', '', 'not in a form that it reads']];
  const cosine = peer.vector.reduce((sum, value, i) => sum + value * window.vector[i], 0);
  return [
    ...rows,
    ['– model, one thread', ...against(peer.modelMs, window.modelMs)],
    ['– model, batched', ...against(peer.batchMs, window.batchMs)],
    ['– sound to vector, one thread', ...against(peer.wholeMs, window.wholeMs)],
    [`– many windows, threads: ${threads}`, ...against(peer.longMs, long.at(-1).whole.windowMs)],
    ['– its vector and ours', '', `cosine ${cosine.toFixed(6)}`],
  ];
}
