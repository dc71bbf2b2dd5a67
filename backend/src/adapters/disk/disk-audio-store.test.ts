import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskAudioStore } from './disk-audio-store.js';

const MB = 1024 * 1024;
let directory: string;
let store: DiskAudioStore;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const temporaryFiles = async (): Promise<string[]> => {
  const found = await readdir(path.join(directory, 'tmp'), { recursive: true }).catch((): string[] => []);
  return found.filter((name) => name.endsWith('.part'));
};

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'traum-store-'));
  store = new DiskAudioStore({ directory });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('DiskAudioStore', () => {
  it('keeps files in folders of the first two digits of their hash', async () => {
    const received = await store.receive(Readable.from([randomBytes(1000)]), MB);
    await received.keep();
    expect(path.relative(directory, store.pathOf(received.sha256))).toBe(
      path.join(received.sha256.slice(0, 2), received.sha256),
    );
    expect(sha256(await readFile(store.pathOf(received.sha256)))).toBe(received.sha256);
    expect(await temporaryFiles()).toEqual([]);
  });

  it('leaves nothing behind of what was not kept', async () => {
    const source = new PassThrough();
    const receiving = store.receive(source, 100);
    source.write(Buffer.alloc(101));
    await expect(receiving).rejects.toMatchObject({ code: 'too_large' });
    const broken = new PassThrough();
    const half = store.receive(broken, MB);
    broken.write('half');
    broken.destroy(new Error('connection lost'));
    await expect(half).rejects.toThrow('connection lost');
    await (await store.receive(Readable.from([Buffer.from('abc')]), MB)).discard();
    expect(await temporaryFiles()).toEqual([]);
  });

  it('sweeps what a crash left, but not what is under way', async () => {
    await mkdir(path.join(directory, 'tmp'), { recursive: true });
    const left = path.join(directory, 'tmp', 'left.part');
    await writeFile(left, 'x');
    await utimes(left, new Date(0), new Date(0));
    const source = new PassThrough();
    const receiving = store.receive(source, MB);
    source.write('first half, ');
    await new Promise((resolve) => setImmediate(resolve));
    const undecided = await store.receive(Readable.from([Buffer.from('y')]), MB);
    await store.sweep();
    source.end('second half');
    const received = await receiving;
    await Promise.all([received.keep(), undecided.keep()]);
    expect(await readFile(store.pathOf(received.sha256), 'utf8')).toBe('first half, second half');
    expect(await store.has(undecided.sha256)).toBe(true);
    expect(await temporaryFiles()).toEqual([]);
  });

  it('leaves alone what other living processes receive, and clears up after dead ones', async () => {
    const folder = async (name: string, at = new Date()): Promise<string> => {
      const place = path.join(directory, 'tmp', name);
      await mkdir(place, { recursive: true });
      await writeFile(path.join(place, 'a.part'), 'x');
      await utimes(place, at, at);
      return name;
    };
    const unique = '00000000-0000-4000-8000-000000000000';
    const neighbour = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const living = await folder(`${os.hostname()}~${neighbour.pid}~${unique}`);
    const elsewhere = await folder(`another-container~1~${unique}`);
    await folder(`stopped-container~1~${unique}`, new Date(Date.now() - 10 * 60_000));
    // The same container, started again: its former process had the same number.
    await folder(`${os.hostname()}~${process.pid}~${unique}`);
    await store.sweep();
    expect((await readdir(path.join(directory, 'tmp'))).sort()).toEqual([elsewhere, living].sort());
    neighbour.kill('SIGKILL');
    await new Promise((resolve) => neighbour.once('exit', resolve));
    await store.sweep();
    expect(await readdir(path.join(directory, 'tmp'))).toEqual([elsewhere]);
  });

  it('knows no names that are no hash', () => {
    expect(() => store.pathOf('../../etc/passwd')).toThrow(/no valid name/);
    expect(() => store.pathOf('')).toThrow();
  });
});
