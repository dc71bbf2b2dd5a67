import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
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
  it('keeps bytes under their hash', async () => {
    const bytes = randomBytes(3 * MB);
    const received = await store.receive(Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]), 10 * MB);
    expect(received).toMatchObject({ sha256: sha256(bytes), sizeBytes: bytes.length });
    expect(sha256(await readFile(received.path))).toBe(sha256(bytes));
    expect(await store.has(received.sha256)).toBe(false);
    await received.keep();
    expect(await store.has(received.sha256)).toBe(true);
    expect(sha256(await readFile(store.pathOf(received.sha256)))).toBe(sha256(bytes));
    expect(path.basename(path.dirname(store.pathOf(received.sha256)))).toBe(received.sha256.slice(0, 2));
    expect(await temporaryFiles()).toEqual([]);
  });

  it('keeping twice, and keeping the same bytes again, changes nothing', async () => {
    const bytes = randomBytes(1000);
    const first = await store.receive(Readable.from([bytes]), MB);
    await first.keep();
    await first.keep();
    const second = await store.receive(Readable.from([bytes]), MB);
    await second.keep();
    expect(await readFile(store.pathOf(first.sha256))).toEqual(bytes);
    expect(await temporaryFiles()).toEqual([]);
  });

  it('discarding leaves nothing, and does not touch what was kept', async () => {
    const received = await store.receive(Readable.from([Buffer.from('abc')]), MB);
    await received.discard();
    expect(await temporaryFiles()).toEqual([]);
    const kept = await store.receive(Readable.from([Buffer.from('abc')]), MB);
    await kept.keep();
    await kept.discard();
    expect(await store.has(kept.sha256)).toBe(true);
  });

  it('refuses what is too large, leaves nothing, and lets the rest of the stream pass', async () => {
    const source = new PassThrough();
    const receiving = store.receive(source, 100);
    source.write(Buffer.alloc(101));
    await expect(receiving).rejects.toMatchObject({ code: 'too_large' });
    expect(await temporaryFiles()).toEqual([]);
    const ended = new Promise((resolve) => source.once('end', resolve));
    source.write(Buffer.alloc(MB));
    source.end();
    await ended;
    expect(source.destroyed && source.errored).toBeFalsy();
  });

  it('an upload that breaks off leaves nothing', async () => {
    const source = new PassThrough();
    const receiving = store.receive(source, MB);
    source.write('half');
    source.destroy(new Error('connection lost'));
    await expect(receiving).rejects.toThrow('connection lost');
    expect(await temporaryFiles()).toEqual([]);
  });

  it('waits for the disk instead of holding the upload in memory', async () => {
    const highest = { ahead: 0 };
    let produced = 0;
    const source = new Readable({
      read() {
        if (produced >= 200) return void this.push(null);
        produced++;
        highest.ahead = Math.max(highest.ahead, this.readableLength);
        this.push(Buffer.alloc(MB, produced));
      },
    });
    const received = await store.receive(source, 300 * MB);
    expect(received.sizeBytes).toBe(200 * MB);
    expect(highest.ahead).toBeLessThan(4 * MB);
    await received.discard();
  });

  it('reads whole files and ranges', async () => {
    const received = await store.receive(Readable.from([Buffer.from('0123456789')]), MB);
    await received.keep();
    expect((await buffer(store.read(received.sha256))).toString()).toBe('0123456789');
    expect((await buffer(store.read(received.sha256, { start: 2, end: 4 }))).toString()).toBe('234');
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

  it('removing is idempotent, and names that are no hash lead nowhere', async () => {
    await store.remove('a'.repeat(64));
    expect(() => store.pathOf('../../etc/passwd')).toThrow(/no valid name/);
    expect(() => store.pathOf('')).toThrow();
  });

  it('knows the free space', async () => {
    expect(await store.freeBytes()).toBeGreaterThan(0);
  });
});
