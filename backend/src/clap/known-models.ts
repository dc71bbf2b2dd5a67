import { parseManifest, type Manifest, type ModelFile } from './manifest.js';

/** Comes with the program, and changes with it. */
export const BUNDLED = 'compact-clap';

/** A manifest whose audio graph may not be pinned yet: its hash is recorded when it is installed. */
type UnpinnedManifest = Omit<Manifest, 'files'> & {
  files: { audio: ModelFile; text: ModelFile; tokenizer: ModelFile };
};

/** A model that is published without a manifest of ours, and where its files are. */
export interface KnownModel {
  manifest: UnpinnedManifest;
  /** Owner and name on the Hugging Face hub. */
  repository: string;
  revision: string;
  /** Models of one family differ in precision only. */
  family: string;
  precision: 'int8' | 'fp16' | 'fp32';
  /** For choosing: what it is good at and what it costs. */
  goodAt: string;
  /** All files together, rounded where the exact sizes are not known. */
  sizeBytes: number;
}

const MB = 1_000_000;
const unknownHash = (path: string): ModelFile => ({ path, sha256: null, sizeBytes: null });

/** What all CLAP models of LAION without fusion have in common. */
const laion = {
  schemaVersion: 1,
  version: '1.0.0',
  license: 'Apache-2.0',
  dimension: 512,
  audio: {
    input: 'mel',
    inputName: 'input_features',
    outputName: 'audio_embeds',
    sampleRateHz: 48_000,
    windowS: 10,
    padding: 'repeatpad',
    minFrames: 1001,
    mel: {
      nFft: 1024,
      winLength: 1024,
      hopLength: 480,
      melBins: 64,
      fMinHz: 50,
      fMaxHz: 14_000,
      melScale: 'slaney',
      melNorm: 'slaney',
      power: 2,
      logFloor: 1e-10,
    },
  },
  text: { idsName: 'input_ids', maskName: 'attention_mask', outputName: 'text_embeds', maxTokens: 512, padTokenId: 1 },
  calibration: { mean: 0.05, std: 0.1, relevantZ: 2, slope: 1.5, rawShare: 0 },
} as const;

function laionModel(model: {
  id: string;
  name: string;
  repository: string;
  family: string;
  precision: KnownModel['precision'];
  description: string;
  goodAt: string;
  sizeBytes: number;
  audio: ModelFile;
  text: ModelFile;
}): KnownModel {
  const { id, name, repository, family, precision, description, goodAt, sizeBytes, audio, text } = model;
  return {
    repository,
    revision: 'main',
    family,
    precision,
    goodAt,
    sizeBytes,
    manifest: {
      ...laion,
      id,
      name,
      description,
      source: repository,
      files: { audio, text, tokenizer: unknownHash('tokenizer.json') },
      // The rounding of dynamically quantised graphs depends on what else is in a batch.
      text: { ...laion.text, maxBatch: precision === 'int8' ? 1 : 32 },
    },
  };
}

const unfused = { repository: 'Xenova/clap-htsat-unfused', family: 'LAION CLAP (HTSAT, unfused)' };

const models: KnownModel[] = [
  laionModel({
    ...unfused,
    id: 'clap-htsat-unfused',
    name: 'LAION CLAP (HTSAT, unfused)',
    precision: 'int8',
    description: 'Full-size CLAP for general sounds, int8. The ONNX export published as Xenova/clap-htsat-unfused.',
    goodAt:
      'Everyday sounds, nature, machines and music in full English sentences; far more words than the bundled model. The best start: half the time and a quarter of the size of fp32, hardly less exact.',
    sizeBytes: 163 * MB,
    audio: {
      path: 'onnx/audio_model_quantized.onnx',
      sha256: '3fcff2c8824e7bcb83a983f2a49edab3b60cbcf4872ac70efee517355173bd1f',
      sizeBytes: 34_301_667,
    },
    text: {
      path: 'onnx/text_model_quantized.onnx',
      sha256: '1a3df8b197e249816e08415fd040434c44762b2eea7eb7bf8a48a0f0bf3c14e5',
      sizeBytes: 126_603_263,
    },
  }),
  laionModel({
    ...unfused,
    id: 'clap-htsat-unfused-fp16',
    name: 'LAION CLAP (HTSAT, unfused), fp16',
    precision: 'fp16',
    description: 'Full-size CLAP for general sounds in half precision.',
    goodAt: 'The same as int8 without its rounding; meant for GPUs, slower than int8 on a processor.',
    sizeBytes: 313 * MB,
    audio: {
      path: 'onnx/audio_model_fp16.onnx',
      sha256: '65963cfa5e903e0a8df475137252d618663df88ecf0b55a3fb327e6c1ca63a97',
      sizeBytes: null,
    },
    text: unknownHash('onnx/text_model_fp16.onnx'),
  }),
  laionModel({
    ...unfused,
    id: 'clap-htsat-unfused-fp32',
    name: 'LAION CLAP (HTSAT, unfused), fp32',
    precision: 'fp32',
    description: 'Full-size CLAP for general sounds in single precision, as it was trained.',
    goodAt: 'The reference: exactly the published model. Takes twice the time and four times the memory of int8.',
    sizeBytes: 622 * MB,
    audio: unknownHash('onnx/audio_model.onnx'),
    text: unknownHash('onnx/text_model.onnx'),
  }),
  laionModel({
    id: 'larger_clap_general',
    repository: 'Xenova/larger_clap_general',
    family: 'LAION CLAP, larger, general',
    name: 'LAION CLAP, larger, general',
    precision: 'int8',
    description:
      'A larger CLAP trained on general sounds, music and speech, int8. Published as Xenova/larger_clap_general.',
    goodAt:
      'Mixed libraries with music and speech beside sounds. Slower and larger than the unfused model; try it when that one misses nuances.',
    sizeBytes: 207 * MB,
    audio: unknownHash('onnx/audio_model_quantized.onnx'),
    text: unknownHash('onnx/text_model_quantized.onnx'),
  }),
];

/** Models that can be installed, by id. Their files may lie in the model's folder as published (`onnx/…`) or flat. */
export const knownModels: ReadonlyMap<string, KnownModel> = new Map(models.map((model) => [model.manifest.id, model]));

/** The built-in manifest of a known model whose audio graph is pinned, for files that were put there by hand. */
export function pinnedManifestOf(id: string): Manifest | null {
  const parsed = parseManifest(knownModels.get(id)?.manifest);
  return parsed.ok ? parsed.manifest : null;
}
