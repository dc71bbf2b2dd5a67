import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWavExtent, type WavExtent } from './wav-header.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'traum-wav-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const chunk = (name: string, body: Buffer, announced = body.length): Buffer => {
  const head = Buffer.alloc(8);
  head.write(name, 0, 'latin1');
  head.writeUInt32LE(announced, 4);
  return Buffer.concat([head, body]);
};

async function extentOf(...parts: Buffer[]): Promise<WavExtent | null> {
  const file = path.join(folder, 'a.wav');
  await writeFile(file, Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE'), ...parts]));
  const handle = await open(file);
  try {
    return await readWavExtent(handle);
  } finally {
    await handle.close();
  }
}

describe('readWavExtent', () => {
  const format = chunk('fmt ', Buffer.alloc(16));

  it('finds the samples behind other chunks, also those of odd length', async () => {
    const list = chunk('LIST', Buffer.alloc(7), 7);
    const extent = await extentOf(format, list, Buffer.alloc(1), chunk('data', Buffer.alloc(100)));
    expect(extent).toEqual({ announcedBytes: 100, presentBytes: 100 });
  });

  it('sees that samples are missing', async () => {
    expect(await extentOf(format, chunk('data', Buffer.alloc(100), 1000))).toEqual({
      announcedBytes: 1000,
      presentBytes: 100,
    });
  });

  it.each([0, 0xffffffff, 0x7fffffff, 0x7ffff000])(
    'takes %d as "not known", as programs at a pipe write it',
    async (size) => {
      expect(await extentOf(format, chunk('data', Buffer.alloc(100), size))).toBeNull();
    },
  );

  it('gives up on endless or missing chunks', async () => {
    expect(await extentOf(...Array.from({ length: 100 }, () => chunk('junk', Buffer.alloc(2))))).toBeNull();
    expect(await extentOf()).toBeNull();
  });
});
