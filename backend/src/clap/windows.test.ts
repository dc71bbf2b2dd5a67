import { describe, expect, it } from 'vitest';
import { cutWindows, type AudioWindow } from './windows.js';

const sampleRateHz = 10;
const windowS = 2;
const length = 20;

/** Numbers each sample, so that a window shows where it was cut. */
const ramp = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i + 1);

async function* chunked(samples: Float32Array, sizes: () => number): AsyncGenerator<Float32Array, void> {
  for (let at = 0; at < samples.length;) {
    const size = sizes();
    await Promise.resolve();
    yield samples.subarray(at, at + size);
    at += size;
  }
}

const cut = async (samples: Float32Array, sizes = () => 7): Promise<AudioWindow[]> => {
  const windows: AudioWindow[] = [];
  for await (const window of cutWindows(chunked(samples, sizes), { sampleRateHz, windowS })) windows.push(window);
  return windows;
};

/** A small seeded generator (mulberry32). */
const random = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

describe('cutWindows', () => {
  it('gives nothing for an empty stream', async () => {
    expect(await cut(ramp(0))).toEqual([]);
  });

  it('gives a short sound as one window of its own length', async () => {
    const windows = await cut(ramp(13));
    expect(windows).toEqual([{ index: 0, startS: 0, endS: 1.3, overlaps: false, samples: ramp(13) }]);
  });

  it('gives a sound of exactly one window as one window', async () => {
    expect((await cut(ramp(length))).map(({ startS, endS }) => [startS, endS])).toEqual([[0, 2]]);
  });

  it('tells which windows begin half a window after the one before', async () => {
    const overlaps = async (count: number) => (await cut(ramp(count))).map((window) => window.overlaps);
    expect(await overlaps(45)).toEqual([false, true, true, false]);
    expect(await overlaps(40)).toEqual([false, true, true]);
  });

  it('ends the last window exactly at the end', async () => {
    const times = async (count: number) => (await cut(ramp(count))).map(({ startS, endS }) => [startS, endS]);
    expect(await times(21)).toEqual([
      [0, 2],
      [0.1, 2.1],
    ]);
    expect(await times(30)).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(await times(46)).toEqual([
      [0, 2],
      [1, 3],
      [2, 4],
      [2.6, 4.6],
    ]);
  });

  it('holds for any length and any chunking: whole cover, order, right samples, full windows', async () => {
    const next = random(42);
    for (let round = 0; round < 300; round++) {
      const count = 1 + Math.floor(next() * 150);
      const samples = ramp(count);
      const windows = await cut(samples, () => Math.floor(next() * 45));
      expect(windows.map(({ index }) => index)).toEqual(windows.map((_, i) => i));
      expect(windows[0]!.startS).toBe(0);
      expect(windows.at(-1)!.endS).toBe(count / sampleRateHz);
      let coveredTo = 0;
      for (const [i, { startS, endS, samples: cutOut }] of windows.entries()) {
        const start = Math.round(startS * sampleRateHz);
        expect(cutOut).toEqual(samples.slice(start, Math.round(endS * sampleRateHz)));
        expect(cutOut.length).toBe(Math.min(count, length));
        expect(start).toBeLessThanOrEqual(coveredTo);
        if (i < windows.length - 1) expect(start).toBe((i * length) / 2);
        coveredTo = start + cutOut.length;
      }
    }
  });

  it('does not depend on how the stream is chunked', async () => {
    const samples = ramp(123);
    const whole = await cut(samples, () => 1000);
    const next = random(7);
    for (let round = 0; round < 20; round++)
      expect(await cut(samples, () => 1 + Math.floor(next() * 40))).toEqual(whole);
  });

  it('gives copies: later samples do not change an earlier window', async () => {
    const reused = new Float32Array(5);
    async function* stream(): AsyncGenerator<Float32Array, void> {
      for (let i = 0; i < 10; i++) {
        await Promise.resolve();
        yield reused.fill(i);
      }
    }
    const windows: AudioWindow[] = [];
    for await (const window of cutWindows(stream(), { sampleRateHz, windowS })) windows.push(window);
    expect(windows[0]!.samples[0]).toBe(0);
    expect(windows[0]!.samples.at(-1)).toBe(3);
  });

  it('reads no further than the window that is asked for', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Float32Array, void> {
      for (;;) {
        await Promise.resolve();
        read += 5;
        yield new Float32Array(5);
      }
    }
    const windows = cutWindows(endless(), { sampleRateHz, windowS });
    await windows.next();
    expect(read).toBe(length);
    await windows.return(undefined);
  });
});
