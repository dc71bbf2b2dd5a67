import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makePrivate } from './private-directory.js';

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
