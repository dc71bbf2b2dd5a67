/** Opens a session, says so, and at every message runs it `count` times on the same window. */
import { parentPort, workerData } from 'node:worker_threads';
import { noise } from '../lib/timing.mjs';
import { fromBackend } from '../lib/backend.mjs';

const { createAudioFrontEnd } = await fromBackend('clap/audio-input.js');
const { openSession, floatTensor, runFor } = await fromBackend('clap/session.js');
const { model, count } = workerData;
const { audio } = model.manifest;
const { data, dims } = createAudioFrontEnd(audio)(noise(Math.round(audio.windowS * audio.sampleRateHz)));
const { session } = await openSession(model.files.audio, 'cpu');
const feeds = { [audio.inputName]: floatTensor(session, audio.inputName, data, dims) };
await runFor(session, audio.outputName, feeds);
parentPort?.on('message', async () => {
  for (let i = 0; i < count; i++) await runFor(session, audio.outputName, feeds);
  parentPort?.postMessage('done');
});
parentPort?.postMessage('ready');
