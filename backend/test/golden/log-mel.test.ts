import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createAudioFrontEnd } from '../../src/clap/audio-input.js';
import type { AudioFace, MelFace } from '../../src/clap/manifest.js';
import { goldenRateHz, goldenSignal } from './signal.js';

interface GoldenWindow {
  name: string;
  clipS: number;
  startSample: number;
  face: { padding: 'repeatpad' | 'none'; mel: MelFace };
  offset: number;
  frames: number;
  melBins: number;
  rows: number[];
}

const fixture = (name: string): URL => new URL(`./fixtures/${name}`, import.meta.url);
const { windows } = JSON.parse(readFileSync(fixture('features.json'), 'utf8')) as { windows: GoldenWindow[] };
const { signalSha256 } = JSON.parse(readFileSync(fixture('about.json'), 'utf8')) as { signalSha256: string };
const numbers = new Float32Array(new Uint8Array(readFileSync(fixture('features.bin'))).buffer);
const signal = goldenSignal(23);
const TOLERANCE_DB = 1e-3;

const largestDifference = (got: ArrayLike<number>, want: ArrayLike<number>): number => {
  expect(got.length).toBe(want.length);
  let largest = 0;
  for (let i = 0; i < want.length; i++) {
    const difference = Math.abs(got[i]! - want[i]!);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
};

it('makes the very samples that the goldens were made from', () => {
  expect(createHash('sha256').update(new Uint8Array(signal.buffer)).digest('hex')).toBe(signalSha256);
});

describe('log-mel features against the reference', () => {
  it.each(windows)('$name', ({ clipS, startSample, face, offset, frames, melBins, rows }) => {
    const audio: AudioFace = {
      input: 'mel',
      inputName: 'x',
      outputName: 'y',
      sampleRateHz: goldenRateHz,
      windowS: 10,
      padding: face.padding,
      minFrames: 1,
      mel: face.mel,
    };
    const end = Math.min(Math.round(clipS * goldenRateHz), startSample + 10 * goldenRateHz);
    const { data, dims } = createAudioFrontEnd(audio)(signal.subarray(startSample, end));
    expect(dims).toEqual([1, 1, frames, melBins]);

    let at = offset / 4;
    const next = (count: number): Float32Array => numbers.subarray(at, (at += count));
    const wholeRows = rows.flatMap((row) => [...data.subarray(row * melBins, (row + 1) * melBins)]);
    expect(largestDifference(wholeRows, next(rows.length * melBins))).toBeLessThanOrEqual(TOLERANCE_DB);

    // The means reach every number: one that is off by more than the tolerance × melBins cannot hide.
    const frameMeans = new Float64Array(frames);
    const bandMeans = new Float64Array(melBins);
    data.forEach((value, i) => {
      frameMeans[Math.floor(i / melBins)]! += value / melBins;
      bandMeans[i % melBins]! += value / frames;
    });
    expect(largestDifference(frameMeans, next(frames))).toBeLessThanOrEqual(TOLERANCE_DB);
    expect(largestDifference(bandMeans, next(melBins))).toBeLessThanOrEqual(TOLERANCE_DB);
  });
});
