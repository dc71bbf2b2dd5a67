/** Times the parts of our way from sound to vector in a process of its own. Prints one line of JSON; see bench/embed.mjs. */
import { Worker } from 'node:worker_threads';
import { best, noise, unit } from '../lib/timing.mjs';
import { fromBackend } from '../lib/backend.mjs';

const { createAudioEmbedder, createTextEmbedder, loadModel } = await fromBackend('clap/index.js');
const { FfmpegDecoder } = await fromBackend('audio/ffmpeg-decoder.js');

const logger = { info: () => undefined, warn: () => undefined };
const { modelsDir, id, part, rounds, batch, threads, seconds, recording } = JSON.parse(process.argv[2]);
const model = await loadModel(modelsDir, id);
const { windowS, sampleRateHz } = model.info;

const parts = {
  /** One thread: front end, bare session by one and by several windows. */
  async window() {
    const { createAudioFrontEnd } = await fromBackend('clap/audio-input.js');
    const { openSession, floatTensor, runFor } = await fromBackend('clap/session.js');
    const { audio } = model.manifest;
    const frontEnd = createAudioFrontEnd(audio);
    const samples = noise(Math.round(windowS * sampleRateHz));
    const frontEndMs = await best(() => frontEnd(samples), rounds);
    const { session } = await openSession(model.files.audio, 'cpu');
    const { data, dims } = frontEnd(samples);
    const run = (count) => {
      const many = new Float32Array(data.length * count);
      for (let i = 0; i < count; i++) many.set(data, i * data.length);
      const feeds = { [audio.inputName]: floatTensor(session, audio.inputName, many, [count, ...dims.slice(1)]) };
      return () => runFor(session, audio.outputName, feeds);
    };
    const vector = unit(await run(1)());
    const modelMs = await best(run(1), rounds);
    const wholeMs = await best(() => (frontEnd(samples), run(1)()), rounds);
    const batchMs = (await best(run(batch), Math.min(3, rounds))) / batch;
    return { frontEndMs, modelMs, batchMs, wholeMs, vector };
  },

  /** Nothing but the session, on so many threads: as many windows as the sound has. */
  async bare() {
    const count = Math.ceil(windowsOf(seconds) / threads);
    const workers = Array.from({ length: threads }, () => startSession({ model, count }));
    await Promise.all(workers.map(({ ready }) => ready));
    const started = performance.now();
    await Promise.all(workers.map(({ run }) => run()));
    const ms = performance.now() - started;
    await Promise.all(workers.map(({ end }) => end()));
    return { windowMs: ms / (count * threads) };
  },

  /** Windows, front end and session on so many threads, of samples that are there. */
  async whole() {
    const second = noise(sampleRateHz);
    return timeStream(async function* (length) {
      for (let i = 0; i < length; i++) yield second;
    });
  },

  /** The same from a file. */
  async recording() {
    const decoder = new FfmpegDecoder();
    const signal = new AbortController().signal;
    return timeStream(() => decoder.decode(recording, { sampleRateHz, maxDurationS: 1e6, signal }));
  },

  async texts() {
    const embedder = await createTextEmbedder(model, { provider: 'cpu', logger });
    let count = 0;
    const next = () => `a loud sound of thing number ${count++} far away`;
    await embedder.embedTexts([next()]);
    const aloneMs = await best(() => embedder.embedTexts([next()]), rounds);
    const size = 32;
    const many = () => embedder.embedTexts(Array.from({ length: size }, next));
    const togetherMs = (await best(many, Math.min(3, rounds))) / size;
    await embedder.close();
    return { aloneMs, togetherMs };
  },
};

const result = await parts[part]();
process.stdout.write(`${JSON.stringify({ ...result, peakMB: Math.round(process.resourceUsage().maxRSS / 1024) })}\n`);
process.exit(0);

function windowsOf(lengthS) {
  return lengthS <= windowS ? 1 : 1 + Math.ceil((lengthS - windowS) / (windowS / 2));
}

async function timeStream(samplesOf) {
  const embedder = await createAudioEmbedder(model, { threads, provider: 'cpu', logger });
  const second = noise(sampleRateHz);
  async function* warmUp() {
    for (let i = 0; i < windowS; i++) yield second;
  }
  const embed = async (samples) => {
    let windows = 0;
    for await (const { index } of embedder.embedStream(samples)) windows = index + 1;
    return windows;
  };
  // Every thread has its graph open before the measurement.
  await Promise.all(Array.from({ length: threads }, () => embed(warmUp())));
  const started = performance.now();
  const windows = await embed(samplesOf(seconds));
  const windowMs = (performance.now() - started) / windows;
  await embedder.close();
  return { windowMs };
}

function startSession(options) {
  const worker = new Worker(new URL('./session.worker.mjs', import.meta.url), { workerData: options });
  const next = () => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  const ready = next();
  return {
    ready,
    run: () => {
      worker.postMessage('run');
      return next();
    },
    end: () => worker.terminate(),
  };
}
