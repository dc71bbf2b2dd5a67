import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel, type ClapModel } from '../../src/clap/index.js';
import type { AudioFace, Manifest } from '../../src/clap/manifest.js';

/** Dimension of the toy graphs' embeddings. */
export const toyDimension = 8;

export const toyMelFace: AudioFace = {
  input: 'mel',
  inputName: 'input_features',
  outputName: 'audio_embeds',
  sampleRateHz: 16_000,
  windowS: 1,
  padding: 'none',
  minFrames: 8,
  mel: {
    nFft: 512,
    winLength: 512,
    hopLength: 160,
    melBins: 64,
    fMinHz: 50,
    fMaxHz: 8000,
    melScale: 'slaney',
    melNorm: 'slaney',
    power: 2,
    logFloor: 1e-10,
  },
};

export interface ToyOptions {
  /** Names of graphs in fixtures/toys, without their ending. */
  audioGraph?: string;
  textGraph?: string;
  audio?: AudioFace;
  maxBatch?: number;
  /** Rows of the background file; none without. */
  background?: Float32Array;
  /** Last changes to what is written as manifest.json. */
  change?: (manifest: Manifest) => unknown;
}

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** Writes a model with toy graphs into a new temporary folder. */
export async function writeToyModel(options: ToyOptions = {}): Promise<{
  modelsDir: string;
  id: string;
  load: () => Promise<ClapModel>;
  remove: () => Promise<void>;
}> {
  const id = 'toy';
  const modelsDir = await mkdtemp(path.join(tmpdir(), 'traum-models-'));
  const dir = path.join(modelsDir, id);
  await mkdir(dir);
  const add = async (from: string, to: string) => {
    await copyFile(path.join(fixtures, from), path.join(dir, to));
    return describe(dir, to);
  };
  const { audioGraph = 'audio', textGraph = 'text', background } = options;
  const files: Manifest['files'] = {
    audio: await add(`toys/${audioGraph}.onnx`, `${audioGraph}.onnx`),
    text: await add(`toys/${textGraph}.onnx`, `${textGraph}.onnx`),
    tokenizer: await add('tiny-clap/tokenizer.json', 'tokenizer.json'),
  };
  if (background) {
    await writeFile(path.join(dir, 'background.f32'), new Uint8Array(background.buffer));
    files.background = await describe(dir, 'background.f32');
  }
  const manifest: Manifest = {
    schemaVersion: 1,
    id,
    name: 'Toy',
    version: '1.0.0',
    description: 'A few nodes, for tests.',
    license: 'MIT',
    source: 'backend/test/golden/make_goldens.py',
    dimension: toyDimension,
    files,
    audio: options.audio ?? toyMelFace,
    text: {
      idsName: 'input_ids',
      maskName: 'attention_mask',
      outputName: 'text_embeds',
      maxTokens: 64,
      padTokenId: 1,
      maxBatch: options.maxBatch ?? 32,
    },
    calibration: { mean: 0, std: 0.1, relevantZ: 2, slope: 1.5, rawShare: 0 },
  };
  await writeFile(path.join(dir, 'manifest.json'), JSON.stringify(options.change?.(manifest) ?? manifest));
  return {
    modelsDir,
    id,
    load: () => loadModel(modelsDir, id),
    remove: () => rm(modelsDir, { recursive: true, force: true }),
  };
}

async function describe(dir: string, file: string): Promise<{ path: string; sha256: string; sizeBytes: number }> {
  const bytes = await readFile(path.join(dir, file));
  const { size } = await stat(path.join(dir, file));
  return { path: file, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: size };
}
