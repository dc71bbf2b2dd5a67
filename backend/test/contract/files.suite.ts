import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AudioStore } from '../../src/domain/library/library.ports.js';

const MB = 1024 * 1024;
const UNKNOWN = 'a'.repeat(64);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const streamOf = (...parts: (Buffer | string)[]): Readable => Readable.from(parts.map((part) => Buffer.from(part)));

/** What every place for the bytes of sounds does. @param open an empty one */
export function filesSuite(name: string, open: () => Promise<AudioStore>): void {
  describe(`the files of ${name}`, () => {
    let store: AudioStore;
    beforeEach(async () => void (store = await open()));
    const kept = async (bytes: Buffer): Promise<string> => {
      const received = await store.receive(streamOf(bytes), 10 * MB);
      await received.keep();
      return received.sha256;
    };
    const contentOf = (sha: string): Promise<Buffer> => store.withLocalFile(sha, (path) => readFile(path));

    it('are there by their hash once they are kept, and can be looked at before', async () => {
      const bytes = randomBytes(3 * MB);
      const received = await store.receive(streamOf(bytes.subarray(0, 1000), bytes.subarray(1000)), 10 * MB);
      expect(received).toMatchObject({ sha256: sha256(bytes), sizeBytes: bytes.length });
      expect(sha256(await received.withLocalFile((path) => readFile(path)))).toBe(received.sha256);
      expect(await store.has(received.sha256)).toBe(false);
      await received.keep();
      expect(await store.has(received.sha256)).toBe(true);
      expect(sha256(await contentOf(received.sha256))).toBe(received.sha256);
    });

    it('may be kept twice, and the same bytes again', async () => {
      const bytes = randomBytes(1000);
      const first = await store.receive(streamOf(bytes), MB);
      await first.keep();
      await first.keep();
      await kept(bytes);
      expect(sha256(await contentOf(first.sha256))).toBe(first.sha256);
    });

    it('are whole when the same bytes come from several at once', async () => {
      const bytes = randomBytes(MB);
      const [first] = await Promise.all([kept(bytes), kept(bytes), kept(bytes)]);
      expect(sha256(await contentOf(first))).toBe(first);
    });

    it('are gone when discarded, unless they were kept', async () => {
      const received = await store.receive(streamOf('abc'), MB);
      await received.discard();
      expect(await store.has(received.sha256)).toBe(false);
      const again = await store.receive(streamOf('abc'), MB);
      await again.keep();
      await again.discard();
      expect((await contentOf(again.sha256)).toString()).toBe('abc');
    });

    it('are refused when they are too many, and the rest of the stream passes by', async () => {
      const source = new PassThrough();
      const receiving = store.receive(source, 100);
      source.write(Buffer.alloc(101));
      await expect(receiving).rejects.toMatchObject({ code: 'too_large' });
      const ended = new Promise((resolve) => source.once('end', resolve));
      source.write(Buffer.alloc(MB));
      source.end();
      await ended;
      expect(source.destroyed && source.errored).toBeFalsy();
    });

    it('do not come to be of a stream that breaks off', async () => {
      const source = new PassThrough();
      const receiving = store.receive(source, MB);
      source.write('half');
      source.destroy(new Error('connection lost'));
      await expect(receiving).rejects.toThrow('connection lost');
      expect(await store.has(sha256(Buffer.from('half')))).toBe(false);
    });

    it('are taken in no faster than they can be kept', async () => {
      let [produced, ahead] = [0, 0];
      const source = new Readable({
        read() {
          if (produced >= 200) return void this.push(null);
          produced++;
          ahead = Math.max(ahead, this.readableLength);
          this.push(Buffer.alloc(MB, produced));
        },
      });
      const received = await store.receive(source, 300 * MB);
      expect(received.sizeBytes).toBe(200 * MB);
      expect(ahead).toBeLessThan(4 * MB);
      await received.discard();
    });

    it('are read whole and in ranges', async () => {
      const sha = await kept(Buffer.from('0123456789'));
      const read = async (range?: { start: number; end: number }): Promise<string> =>
        (await buffer(await store.read(sha, range))).toString();
      expect(await read()).toBe('0123456789');
      expect(await read({ start: 2, end: 4 })).toBe('234');
      expect(await read({ start: 9, end: 9 })).toBe('9');
      expect(await read({ start: 5, end: 9 })).toBe('56789');
    });

    it('can be left in the middle of reading', async () => {
      const sha = await kept(randomBytes(4 * MB));
      const stream = await store.read(sha);
      for await (const chunk of stream) {
        expect((chunk as Buffer).length).toBeGreaterThan(0);
        break;
      }
      expect(stream.destroyed).toBe(true);
    });

    it('are lent until what was done with them ends, also in an error', async () => {
      const sha = await kept(Buffer.from('abc'));
      expect(await store.withLocalFile(sha, () => Promise.resolve(7))).toBe(7);
      await expect(store.withLocalFile(sha, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
      const both = await Promise.all([contentOf(sha), contentOf(sha)]);
      expect(both.map(String)).toEqual(['abc', 'abc']);
    });

    it('say so when they are not there', async () => {
      expect(await store.has(UNKNOWN)).toBe(false);
      await expect(store.read(UNKNOWN)).rejects.toMatchObject({ code: 'not_found' });
      await expect(contentOf(UNKNOWN)).rejects.toMatchObject({ code: 'not_found' });
      await store.remove(UNKNOWN);
    });

    it('are gone once they are removed', async () => {
      const sha = await kept(Buffer.from('abc'));
      await store.remove(sha);
      expect(await store.has(sha)).toBe(false);
      await expect(store.read(sha)).rejects.toMatchObject({ code: 'not_found' });
      expect(await kept(Buffer.from('abc'))).toBe(sha);
      expect(await store.has(sha)).toBe(true);
    });

    it('have room', async () => {
      await store.sweep();
      expect(await store.freeBytes()).toBeGreaterThan(0);
    });
  });
}
