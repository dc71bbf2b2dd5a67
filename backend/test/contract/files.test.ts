import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, vi } from 'vitest';
import { DiskAudioStore } from '../../src/adapters/disk/disk-audio-store.js';
import { openS3 } from '../../src/adapters/s3/index.js';
import { TestS3, withoutS3 } from '../support/s3.js';
import { filesSuite } from './files.suite.js';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function temporaryFolder(): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'traum-files-'));
  folders.push(directory);
  return directory;
}

filesSuite('a disk', async () => new DiskAudioStore({ directory: await temporaryFolder() }));

describe.skipIf(withoutS3() !== null)('with a server', () => {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });
  let server: TestS3 | undefined;
  beforeAll(async () => void (server = await TestS3.start()));
  afterAll(() => server?.stop());

  const open = async (maxBytes: number) => {
    const { store } = await openS3({
      ...server!.place('contract'),
      prefix: `${randomUUID()}/`,
      cache: { directory: await temporaryFolder(), maxBytes },
      linkS: 0,
      publicEndpoint: null,
    });
    return store;
  };
  filesSuite('S3', () => open(1e9));
  filesSuite('S3 without room for copies', () => open(0));
});
