import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { Stop } from '../../scripts/lib/report.mjs';

const nodePeer = inRoot('bench', 'embed', 'peer');
const PYTHON_PACKAGES = 'torch transformers';

/** Installs the Node peer into its own folder, where it stays. */
export function installNodePeer() {
  if (fs.existsSync(path.join(nodePeer, 'node_modules', '@huggingface', 'transformers'))) return;
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: nodePeer, env, stdio: 'ignore' });
  if (status !== 0)
    throw new Stop('@huggingface/transformers could not be installed: run "npm ci" in bench/embed/peer.');
}

/**
 * Why a Python cannot be measured; null when it can.
 * @param {string | undefined} python
 */
export function pythonProblem(python) {
  const hint = `python3 -m venv venv && venv/bin/pip install ${PYTHON_PACKAGES}, then --python venv/bin/python`;
  if (!python) return `skipped; to measure it: ${hint}`;
  const { status } = spawnSync(python, ['-c', 'import torch, transformers'], { stdio: 'ignore' });
  return status === 0 ? null : `skipped: ${python} has no ${PYTHON_PACKAGES}; ${hint}`;
}

/**
 * Lays a model of ours out as `transformers` wants it, in Node and in Python.
 * @param {string} folder
 * @param {{ manifest: any, dir: string, files: { audio: string } }} model as `loadModel` gives it
 */
export function layOut(folder, { manifest, dir, files }) {
  const { audio } = manifest;
  fs.mkdirSync(path.join(folder, 'onnx'), { recursive: true });
  fs.symlinkSync(files.audio, path.join(folder, 'onnx', 'audio_model.onnx'));
  const weights = path.join(dir, 'model.safetensors');
  if (fs.existsSync(weights)) fs.symlinkSync(weights, path.join(folder, 'model.safetensors'));
  const config = path.join(dir, 'config.json');
  if (fs.existsSync(config)) fs.copyFileSync(config, path.join(folder, 'config.json'));
  else write(folder, 'config.json', { model_type: 'clap', architectures: ['ClapModel'] });
  write(folder, 'preprocessor_config.json', {
    feature_extractor_type: 'ClapFeatureExtractor',
    feature_size: audio.mel.melBins,
    sampling_rate: audio.sampleRateHz,
    hop_length: audio.mel.hopLength,
    fft_window_size: audio.mel.nFft,
    nb_frequency_bins: audio.mel.nFft / 2 + 1,
    frequency_min: audio.mel.fMinHz,
    frequency_max: audio.mel.fMaxHz,
    max_length_s: audio.windowS,
    nb_max_samples: audio.windowS * audio.sampleRateHz,
    padding: 'repeatpad',
    padding_value: 0,
    return_attention_mask: false,
    top_db: null,
    truncation: 'rand_trunc',
  });
}

const write = (folder, name, value) => fs.writeFileSync(path.join(folder, name), JSON.stringify(value));

/**
 * Runs a program that prints one line of JSON at its end.
 * @param {string} command
 * @param {string[]} args
 */
export function measured(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Stop(`${path.basename(args[0])} failed:\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
