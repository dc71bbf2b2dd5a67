import { describe, expect, it } from 'vitest';
import { createSpectrumKernel } from './spectrum-kernel.js';

/** Slow and plain: the discrete Fourier transform as it is written in books. */
function byDefinition(frame: Float64Array): number[] {
  const size = frame.length;
  return Array.from({ length: size / 2 + 1 }, (_, k) => {
    let [re, im] = [0, 0];
    for (let n = 0; n < size; n++) {
      const angle = (-2 * Math.PI * ((k * n) % size)) / size;
      re += frame[n]! * Math.cos(angle);
      im += frame[n]! * Math.sin(angle);
    }
    return re * re + im * im;
  });
}

describe('createSpectrumKernel', () => {
  it.each([
    [16, 16],
    [32, 5],
    [64, 64],
    [128, 32],
    [256, 100],
    [512, 1],
    [1024, 256],
    [2048, 1024],
  ])('agrees with the definition at size %i and hop %i', (size, hop) => {
    const samples = Float32Array.from({ length: size + hop }, (_, i) => Math.sin(i * i * 0.37) + (i % 7) * 0.2);
    const window = Float64Array.from({ length: size }, (_, i) => 1 + Math.cos(i));
    const [one, other] = [new Float64Array(size / 2 + 1), new Float64Array(size / 2 + 1)];
    createSpectrumKernel(window, hop)(samples, one, other);
    byDefinition(window.map((weight, i) => weight * samples[i]!)).forEach((x, k) => expect(one[k]).toBeCloseTo(x, 6));
    byDefinition(window.map((weight, i) => weight * samples[hop + i]!)).forEach((x, k) =>
      expect(other[k]).toBeCloseTo(x, 6),
    );
  });

  it('keeps what is no number in its own frame', () => {
    const samples = new Float32Array(96).fill(1);
    samples[80] = NaN;
    const [one, other] = [new Float64Array(33), new Float64Array(33)];
    createSpectrumKernel(new Float64Array(64).fill(1), 32)(samples, one, other);
    expect(one[0]).toBeCloseTo(64 ** 2, 6);
    expect(other[0]).toBeNaN();
  });
});
