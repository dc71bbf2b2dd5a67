import { describe, expect, it } from 'vitest';
import { drawSpectrogram, SPECTROGRAM_RATE_HZ } from './spectrogram.js';

/** In chunks of uneven length, as they come from a decoder. */
async function* chunks(samples: Float32Array): AsyncIterable<Float32Array> {
  for (let at = 0; at < samples.length; at += 7777) yield await Promise.resolve(samples.subarray(at, at + 7777));
}

const tone = (seconds: number, hz: (s: number) => number): Float32Array => {
  let phase = 0;
  return Float32Array.from({ length: seconds * SPECTROGRAM_RATE_HZ }, (_, i) => {
    phase += (2 * Math.PI * hz(i / SPECTROGRAM_RATE_HZ)) / SPECTROGRAM_RATE_HZ;
    return 0.5 * Math.sin(phase);
  });
};

/** Row of the loudest level of a column. */
const peakRow = ({ width, levels }: { width: number; levels: Uint8Array }, x: number): number => {
  const column = Array.from({ length: levels.length / width }, (_, y) => levels[y * width + x]!);
  return column.indexOf(Math.max(...column));
};

describe('a spectrogram', () => {
  it('shows a rising tone rising', async () => {
    const picture = await drawSpectrogram(chunks(tone(2, (s) => 200 + 2000 * s)), 2);
    expect(picture).toMatchObject({ width: 201, height: 128 });
    const rows = [10, 60, 110, 160, 190].map((x) => peakRow(picture, x));
    expect(rows).toEqual([...rows].sort((a, b) => b - a));
    expect(Math.max(...picture.levels)).toBe(255);
  });

  it('of a long sound is no wider than 1200, with an event where it happens', async () => {
    const samples = new Float32Array(90 * SPECTROGRAM_RATE_HZ);
    samples.set(
      tone(3, () => 1000),
      45 * SPECTROGRAM_RATE_HZ,
    );
    const { width, levels } = await drawSpectrogram(chunks(samples), 90);
    expect(width).toBe(1200);
    const loud = Array.from({ length: width }, (_, x) =>
      Math.max(...Array.from({ length: 128 }, (_, y) => levels[y * width + x]!)),
    ).flatMap((level, x) => (level > 200 ? [x] : []));
    expect(loud[0]! / width).toBeCloseTo(45 / 90, 2);
    expect(loud.at(-1)! / width).toBeCloseTo(48 / 90, 2);
  });

  it('of a moment, of silence and of a sound that ends early is a picture all the same', async () => {
    expect((await drawSpectrogram(chunks(new Float32Array(1)), 0)).width).toBe(1);
    const { levels, width } = await drawSpectrogram(chunks(new Float32Array(100)), 3);
    expect(levels).toHaveLength(width * 128);
    expect(new Set(levels).size).toBeLessThanOrEqual(2);
  });
});
