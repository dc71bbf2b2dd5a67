import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { DiskAudioStore } from '../../src/adapters/disk/disk-audio-store.js';
import { filesSuite } from './files.suite.js';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

filesSuite('a disk', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'traum-files-'));
  folders.push(directory);
  return new DiskAudioStore({ directory });
});
