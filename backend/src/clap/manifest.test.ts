import { describe, expect, it } from 'vitest';
import { knownModels } from './known-models.js';
import { parseManifest } from './manifest.js';

const valid = (): Record<string, unknown> => structuredClone(knownModels.get('clap-htsat-unfused')!.manifest);
const hash = 'a'.repeat(64);

/** Sets a value at a dotted path in a valid manifest. */
const changed = (path: string, value: unknown): unknown => {
  const manifest = valid();
  const keys = path.split('.');
  let target = manifest;
  for (const key of keys.slice(0, -1)) target = target[key] as Record<string, unknown>;
  target[keys.at(-1)!] = value;
  return manifest;
};

describe('parseManifest', () => {
  it('accepts the built-in manifest of the published model', () => {
    expect(parseManifest(valid())).toMatchObject({ ok: true, manifest: { id: 'clap-htsat-unfused', dimension: 512 } });
  });

  it('accepts a waveform graph, a background and a graph without a mask', () => {
    const waveform = {
      input: 'waveform',
      inputName: 'samples',
      outputName: 'y',
      sampleRateHz: 32_000,
      windowS: 7,
      padding: 'zero',
    };
    expect(parseManifest(changed('audio', waveform))).toMatchObject({
      ok: true,
      manifest: { audio: { minSamples: 1 } },
    });
    expect(parseManifest(changed('text.maskName', null)).ok).toBe(true);
    const background = { path: 'background.f32', sha256: hash, sizeBytes: 4 };
    expect(parseManifest(changed('files.background', background)).ok).toBe(true);
  });

  it.each([
    '../outside.onnx',
    'a/../../b.onnx',
    '/etc/passwd',
    'C:/model.onnx',
    'a\\..\\b.onnx',
    './a.onnx',
    'a//b.onnx',
    '',
    'a\0b',
  ])('refuses the file path %j', (path) => {
    const parsed = parseManifest(changed('files.text.path', path));
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.problem).toContain('files.text.path');
  });

  it.each([
    ['schemaVersion', 2],
    ['id', '../x'],
    ['dimension', 0],
    ['files.audio.sha256', null],
    ['files.audio.sha256', 'ABC'],
    ['audio.input', 'spectrogram'],
    ['audio.padding', 'repeat'],
    ['audio.mel.nFft', 1000],
    ['audio.mel.winLength', 2048],
    ['audio.mel.fMaxHz', 30_000],
    ['audio.mel.fMinHz', 14_000],
    ['audio.mel.power', 3],
    ['audio.windowS', 0.01],
    ['text.maxTokens', 1],
    ['calibration.std', 0],
  ])('names the field %s when it is %j', (path, value) => {
    const parsed = parseManifest(changed(path, value));
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.problem).toContain(path);
  });
});
