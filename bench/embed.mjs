import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { pathToFileURL } from 'node:url';
import { inRoot } from '../scripts/lib/paths.mjs';
import { step, Stop } from '../scripts/lib/report.mjs';
import { readArgs } from './lib/args.mjs';
import { printTable } from './lib/report.mjs';

const options = {
  model: { type: 'string', default: 'compact-clap', help: 'id of the model' },
  threads: { type: 'string', default: String(os.availableParallelism()), help: 'embedding threads' },
  seconds: { type: 'string', default: '600', help: 'seconds of sound that the whole path embeds' },
  python: { type: 'string', help: 'Python with transformers, to time ClapFeatureExtractor in the same run' },
};

const ROUNDS = 15;
const silentLogger = { info: () => undefined, warn: () => undefined };
const perSecond = (windowS, ms) => Math.round((windowS * 1000) / ms);
const millis = (ms) => `${ms.toFixed(1)} ms`;

/** Front end, bare session and whole path of one model side by side, and what texts cost. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const [threads, seconds] = ['threads', 'seconds'].map((name) => {
    const value = Number(values[name]);
    if (!(value >= 1)) throw new Stop(`--${name} takes a number above 0, not "${values[name]}".`);
    return value;
  });
  const { loadModel } = await fromBackend('clap/index.js');
  const model = await loadModel(inRoot('models'), values.model);
  const { windowS, sampleRateHz } = model.manifest.audio;

  const rows = [];
  const add = (what, ms, windows = 1) =>
    rows.push([what, millis(ms / windows), `${perSecond(windowS, ms / windows)} ×`]);
  const { frontEndMs, sessionMs } = await step('One window on one thread', () => timeParts(model));
  if (values.python) {
    add('front end of transformers (Python)', await step('The same in Python', () => timePython(values.python)));
  }
  add('front end (log-mel)', frontEndMs);
  add('bare ONNX Runtime session', sessionMs);
  for (const count of new Set([1, threads])) {
    const { ms, windows, peakMB, startMB } = await step(`The whole path, threads: ${count}`, () =>
      timeWholePath(model, count, seconds),
    );
    // Windows overlap by half: what counts is the sound that went in.
    rows.push([
      `whole path, threads: ${count}`,
      millis(ms / windows),
      `${Math.round((seconds * 1000) / ms)} × of the sound, ${perSecond(windowS, ms / windows)} × of its windows`,
    ]);
    rows.push([`memory, threads: ${count}`, `${peakMB} MB`, `${startMB} MB after one ${windowS} s window`]);
  }
  const text = await step('Texts', () => timeTexts(model));
  rows.push(['a text by itself', millis(text.aloneMs), `batched: ${millis(text.togetherMs)}`]);
  const title = `Embedding with ${model.info.name} (windows of ${windowS} s at ${sampleRateHz / 1000} kHz)`;
  printTable(title, `npm run bench -- embed --model ${values.model}`, ['what', 'per window', 'real time'], rows);
}

const fromBackend = (file) => import(pathToFileURL(inRoot('backend', 'dist', file)).href);

/** The fastest of several rounds: on a shared machine the others measure the neighbours. */
async function best(run) {
  let fastest = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await run();
    fastest = Math.min(fastest, performance.now() - started);
  }
  return fastest;
}

function noise(length) {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

async function timeParts({ manifest, files }) {
  const { createAudioFrontEnd } = await fromBackend('clap/audio-input.js');
  const { openSession, floatTensor, runFor } = await fromBackend('clap/session.js');
  const { audio } = manifest;
  const samples = noise(Math.round(audio.windowS * audio.sampleRateHz));
  const frontEnd = createAudioFrontEnd(audio);
  const frontEndMs = await best(() => frontEnd(samples));
  const { session } = await openSession(files.audio, 'cpu');
  const { data, dims } = frontEnd(samples);
  const feeds = { [audio.inputName]: floatTensor(session, audio.inputName, data, dims) };
  const sessionMs = await best(() => runFor(session, audio.outputName, feeds));
  await session.release();
  return { frontEndMs, sessionMs };
}

function timePython(python) {
  const script = `
import time, numpy
from transformers import ClapFeatureExtractor
extract = ClapFeatureExtractor(feature_size=64, sampling_rate=48000, hop_length=480, max_length_s=10, fft_window_size=1024,
    frequency_min=50, frequency_max=14000, truncation="rand_trunc", padding="repeatpad")
samples = (numpy.random.default_rng(0).random(480000) - 0.5).astype(numpy.float32)
times = []
for _ in range(${ROUNDS}):
    started = time.perf_counter()
    extract(samples, sampling_rate=48000, return_tensors="np")
    times.append(time.perf_counter() - started)
print(min(times) * 1000)`;
  return Number(execFileSync(python, ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

async function timeWholePath(model, threads, seconds) {
  const { createAudioEmbedder } = await fromBackend('clap/index.js');
  const embedder = await createAudioEmbedder(model, { threads, provider: 'cpu', logger: silentLogger });
  const second = noise(model.info.sampleRateHz);
  async function* sound(length) {
    for (let i = 0; i < length; i++) yield second;
  }
  const residentMB = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
  const embed = async (length) => {
    let windows = 0;
    for await (const segment of embedder.embedStream(sound(length))) windows = segment.index + 1;
    return windows;
  };
  // Every thread has its graph open before the measurement.
  await Promise.all(Array.from({ length: threads }, () => embed(model.info.windowS)));
  const startMB = residentMB();
  let peakMB = startMB;
  const watch = setInterval(() => (peakMB = Math.max(peakMB, residentMB())), 20);
  const started = performance.now();
  const windows = await embed(seconds);
  const ms = performance.now() - started;
  clearInterval(watch);
  await embedder.close();
  return { ms, windows, peakMB, startMB };
}

async function timeTexts(model) {
  const { createTextEmbedder } = await fromBackend('clap/index.js');
  const embedder = await createTextEmbedder(model, { provider: 'cpu', logger: silentLogger });
  let count = 0;
  const next = () => `a loud sound of thing number ${count++} far away`;
  await embedder.embedTexts([next()]);
  const aloneMs = await best(() => embedder.embedTexts([next()]));
  const size = 32;
  const togetherMs = (await best(() => embedder.embedTexts(Array.from({ length: size }, next)))) / size;
  await embedder.close();
  return { aloneMs, togetherMs };
}
