import type { Manifest } from './manifest.js';

const clapHtsatUnfused: Manifest = {
  schemaVersion: 1,
  id: 'clap-htsat-unfused',
  name: 'LAION CLAP (HTSAT, unfused)',
  version: '1.0.0',
  description: 'Full-size CLAP for general sounds, int8. The ONNX export published as Xenova/clap-htsat-unfused.',
  license: 'Apache-2.0',
  source: 'Xenova/clap-htsat-unfused',
  dimension: 512,
  files: {
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
    tokenizer: { path: 'tokenizer.json', sha256: null, sizeBytes: null },
  },
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
  text: {
    idsName: 'input_ids',
    maskName: 'attention_mask',
    outputName: 'text_embeds',
    maxTokens: 512,
    padTokenId: 1,
    maxBatch: 1,
  },
  calibration: { mean: 0.05, std: 0.1, relevantZ: 2, slope: 1.5 },
};

/**
 * Models that are published without a manifest of ours, by id. Their files may lie in the model's folder as published
 * (`onnx/…`) or flat.
 */
export const knownModels: ReadonlyMap<string, Manifest> = new Map([[clapHtsatUnfused.id, clapHtsatUnfused]]);
