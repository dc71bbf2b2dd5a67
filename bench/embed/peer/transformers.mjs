/** Times `@huggingface/transformers` on one model; called by bench/embed.mjs, which installs it. Prints one line of JSON. */
import path from 'node:path';
// @ts-ignore -- installed beside the bench only.
import { AutoProcessor, ClapAudioModelWithProjection, env } from '@huggingface/transformers';
import { best, noise, unit } from '../../lib/timing.mjs';

const { folder, threads, batch, rounds, windows } = JSON.parse(process.argv[2]);
env.allowRemoteModels = false;
env.localModelPath = `${path.dirname(folder)}/`;
const name = path.basename(folder);
const processor = await AutoProcessor.from_pretrained(name);
const load = (intraOpNumThreads) =>
  ClapAudioModelWithProjection.from_pretrained(name, { dtype: 'fp32', session_options: { intraOpNumThreads } });

const samples = noise(480_000);
const one = await load(1);
const frontEndMs = await best(() => processor(samples), rounds);
const inputs = await processor(samples);
const { audio_embeds: embedding } = await one(inputs);
const modelMs = await best(() => one(inputs), rounds);
const wholeMs = await best(async () => one(await processor(samples)), rounds);
const { input_features: features } = inputs;
const several = { input_features: features.repeat(batch, 1, 1, 1) };
const batchMs = (await best(() => one(several), Math.min(3, rounds))) / batch;

const all = await load(threads);
await all(inputs);
const started = performance.now();
for (let i = 0; i < windows; i++) await all(await processor(samples));
const longMs = (performance.now() - started) / windows;

const result = { frontEndMs, modelMs, batchMs, wholeMs, longMs, vector: unit(embedding.data) };
process.stdout.write(`${JSON.stringify({ ...result, version: env.version, peakMB: peakMB() })}\n`);
process.exit(0);

function peakMB() {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
