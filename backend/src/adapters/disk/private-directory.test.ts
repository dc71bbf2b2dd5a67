import { chmod, chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeModelsPrivate, makePrivate } from './private-directory.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'traum-private-'));
  await mkdir(path.join(directory, 'audio', 'ab'), { recursive: true });
  for (const name of ['traum.db', 'audio/ab/abcd', 'README.md']) {
    await writeFile(path.join(directory, name), 'x');
    await chmod(path.join(directory, name), 0o644);
  }
  for (const name of ['.', 'audio', 'audio/ab']) await chmod(path.join(directory, name), 0o755);
});
afterEach(() => rm(directory, { recursive: true }));

const modeOf = async (name: string) => ((await stat(path.join(directory, name))).mode & 0o777).toString(8);
const modes = () => Promise.all(['.', 'audio', 'audio/ab', 'traum.db', 'audio/ab/abcd', 'README.md'].map(modeOf));

it('closes a data directory of an earlier version, but not what is not ours', async () => {
  expect(await makePrivate(directory)).toBe(true);
  expect(await modes()).toEqual(['700', '700', '700', '600', '600', '644']);
});

it('leaves a folder open in which others have business, and closes what is ours in it', async () => {
  await writeFile(path.join(directory, 'letters.txt'), 'x');
  expect(await makePrivate(directory)).toBe(false);
  expect(await modes()).toEqual(['755', '700', '700', '600', '600', '644']);
});

describe('models', () => {
  const files = [
    'bundled/manifest.json',
    'mine/manifest.json',
    'mine/onnx/text.onnx',
    '.partial/half/text.onnx',
    'notes/a.txt',
  ];
  beforeEach(async () => {
    for (const file of files) {
      await mkdir(path.join(directory, path.dirname(file)), { recursive: true });
      await writeFile(path.join(directory, file), 'x');
      await chmod(path.join(directory, file), 0o644);
    }
    for (const folder of ['bundled', 'mine', 'mine/onnx', '.partial', '.partial/half'])
      await chmod(path.join(directory, folder), 0o755);
  });

  it('that were installed are closed, those of the program and what else lies there are not', async () => {
    await makeModelsPrivate(directory, ['bundled']);
    expect(await Promise.all(files.map(modeOf))).toEqual(['644', '600', '600', '600', '644']);
    expect(await Promise.all(['.', 'bundled', 'mine', 'mine/onnx', '.partial/half'].map(modeOf))).toEqual([
      '755',
      '755',
      '700',
      '700',
      '700',
    ]);
    await makeModelsPrivate(path.join(directory, 'nowhere'), []);
  });

  it.runIf(process.getuid?.() === 0)('of another user are left to that user', async () => {
    await chown(path.join(directory, 'mine'), 12_345, 12_345);
    await makeModelsPrivate(directory, ['bundled']);
    expect(await modeOf('mine/manifest.json')).toBe('644');
  });
});
