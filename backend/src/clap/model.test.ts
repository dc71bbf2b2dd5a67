import { cp, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DomainError } from '../domain/errors.js';
import { writeToyModel, type ToyOptions } from '../../test/golden/toy-model.js';
import { loadModel, verifyModel } from './model.js';

const leftovers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(leftovers.splice(0).map((remove) => remove()));
});

const toy = async (options?: ToyOptions) => {
  const model = await writeToyModel(options);
  leftovers.push(model.remove);
  return model;
};

const emptyFolder = async (): Promise<string> => {
  const dir = await mkdtemp(path.join(tmpdir(), 'traum-models-'));
  leftovers.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
};

/** The message a person reads; fails when the promise does not. */
const failure = async (promise: Promise<unknown>): Promise<DomainError> => {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DomainError);
  return error as DomainError;
};

describe('loadModel', () => {
  it('describes the model, with a key that follows the audio graph', async () => {
    const model = await (await toy()).load();
    expect(model.key).toBe(`toy@${model.manifest.files.audio.sha256.slice(0, 12)}`);
    expect(model.info).toMatchObject({ id: 'toy', dimension: 8, sampleRateHz: 16_000, windowS: 1, key: model.key });
  });

  it('says which model is missing and what to do', async () => {
    const error = await failure(loadModel(await emptyFolder(), 'no-such-model'));
    expect(error.code).toBe('model_unavailable');
    expect(error.message).toMatch(/no-such-model.*Set MODEL/s);
  });

  it('says which file is missing or has the wrong size', async () => {
    const { modelsDir, load } = await toy();
    await truncate(path.join(modelsDir, 'toy/text.onnx'), 10);
    expect((await failure(load())).message).toMatch(/text\.onnx.*10 bytes/);
    await rm(path.join(modelsDir, 'toy/text.onnx'));
    expect((await failure(load())).message).toMatch(/lacks its file text\.onnx/);
  });

  it('never tells a path of this machine', async () => {
    const { modelsDir, load } = await toy();
    await rm(path.join(modelsDir, 'toy/audio.onnx'));
    expect((await failure(load())).message).not.toContain(modelsDir);
  });

  it('refuses ids that leave the folder, broken JSON, bad fields and a manifest of another model', async () => {
    const { modelsDir, load } = await toy();
    expect((await failure(loadModel(modelsDir, '../toy'))).message).toContain('not a model id');
    const manifest = path.join(modelsDir, 'toy/manifest.json');
    await writeFile(manifest, '{');
    expect((await failure(load())).message).toContain('not valid JSON');
    await writeFile(manifest, '{}');
    expect((await failure(load())).message).toContain('dimension');
    const other = await toy({ change: (value) => ({ ...value, id: 'other' }) });
    expect((await failure(other.load())).message).toContain('"other"');
  });

  it.each(['onnx', '.'])('finds the published model without a manifest, its graphs in %s', async (folder) => {
    const modelsDir = await emptyFolder();
    const dir = path.join(modelsDir, 'clap-htsat-unfused');
    await mkdir(path.join(dir, folder), { recursive: true });
    for (const [name, size] of [
      ['audio_model_quantized.onnx', 34_301_667],
      ['text_model_quantized.onnx', 126_603_263],
    ] as const) {
      await writeFile(path.join(dir, folder, name), '');
      await truncate(path.join(dir, folder, name), size);
    }
    const tokenizer = new URL('../../test/golden/fixtures/tiny-clap/tokenizer.json', import.meta.url);
    await cp(tokenizer, path.join(dir, 'tokenizer.json'));
    const model = await loadModel(modelsDir, 'clap-htsat-unfused');
    expect(model.key).toBe('clap-htsat-unfused@3fcff2c8824e');
    expect(model.files.audio).toBe(path.join(dir, folder, 'audio_model_quantized.onnx'));
  });
});

describe('verifyModel', () => {
  it('tells sound files from damaged ones and from those without a known hash', async () => {
    const { modelsDir, load } = await toy({
      change: (manifest) => ({
        ...manifest,
        files: { ...manifest.files, tokenizer: { path: 'tokenizer.json', sha256: null, sizeBytes: null } },
      }),
    });
    const model = await load();
    const text = path.join(modelsDir, 'toy/text.onnx');
    await writeFile(text, new Uint8Array(model.manifest.files.text.sizeBytes!));
    const verdicts = Object.fromEntries((await verifyModel(model)).map(({ role, verdict }) => [role, verdict]));
    expect(verdicts).toEqual({ audio: 'ok', text: 'damaged', tokenizer: 'unpinned' });
  });
});
