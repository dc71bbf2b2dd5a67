import { describe, expect, it } from 'vitest';
import { createLogMel } from './log-mel.js';
import { createMelFilters } from './mel-filters.js';
import type { MelFace } from './manifest.js';

const mel: MelFace = {
  nFft: 1024,
  winLength: 1024,
  hopLength: 480,
  melBins: 64,
  fMinHz: 50,
  fMaxHz: 14_000,
  melScale: 'slaney',
  melNorm: 'slaney',
  power: 2,
  logFloor: 1e-10,
};

/** Slow and plain: the discrete Fourier transform as it is written in books. */
function byDefinition(samples: Float32Array, face: MelFace): number[] {
  const { nFft, winLength, hopLength, melBins, power, logFloor } = face;
  const filters = createMelFilters(face, 48_000);
  const mirrored = (i: number): number => {
    let at = i;
    while (at < 0 || at >= samples.length) at = at < 0 ? -at : 2 * (samples.length - 1) - at;
    return samples[at]!;
  };
  const out: number[] = [];
  for (let t = 0; t * hopLength <= samples.length; t++) {
    const frame = Array.from({ length: winLength }, (_, i) => {
      const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / winLength);
      return weight * mirrored(t * hopLength - nFft / 2 + ((nFft - winLength) >> 1) + i);
    });
    const strength = Array.from({ length: nFft / 2 + 1 }, (_, k) => {
      let re = 0;
      let im = 0;
      frame.forEach((value, i) => {
        const angle = (2 * Math.PI * ((k * (i + ((nFft - winLength) >> 1))) % nFft)) / nFft;
        re += value * Math.cos(angle);
        im -= value * Math.sin(angle);
      });
      return (re * re + im * im) ** (power / 2);
    });
    for (let band = 0; band < melBins; band++) {
      let energy = 0;
      for (let i = filters.offsets[band]!, bin = filters.starts[band]!; i < filters.offsets[band + 1]!; i++, bin++) {
        energy += filters.weights[i]! * strength[bin]!;
      }
      out.push((power === 2 ? 10 : 20) * Math.log10(Math.max(energy, logFloor)));
    }
  }
  return out;
}

const tone = (hz: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / 48_000));

describe('createLogMel', () => {
  it.each([
    { nFft: 64, winLength: 64, hopLength: 32, power: 2 },
    { nFft: 128, winLength: 100, hopLength: 45, power: 1 },
    { nFft: 256, winLength: 256, hopLength: 120, power: 2 },
    { nFft: 512, winLength: 400, hopLength: 160, power: 2 },
    { nFft: 1024, winLength: 1024, hopLength: 480, power: 2 },
  ] as const)('agrees with the definition: $nFft, window $winLength, hop $hopLength, power $power', (shape) => {
    const face: MelFace = { ...mel, ...shape, melBins: 12 };
    for (const length of [shape.nFft * 2, shape.nFft * 2 + shape.hopLength, 3]) {
      const samples = Float32Array.from({ length }, (_, i) => Math.sin(i * i * 0.037) + 0.001 * (i % 7));
      const found = createLogMel(face, 48_000).compute(samples);
      const expected = byDefinition(samples, face);
      expect(found).toHaveLength(expected.length);
      const worst = Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)));
      expect(worst).toBeLessThan(1e-4);
    }
  });

  it('leaves known frames alone, and computes the others as ever', () => {
    const logMel = createLogMel(mel, 48_000);
    const samples = tone(700, 9600);
    const all = logMel.compute(samples);
    for (const known of [
      { from: 0, to: 3 },
      { from: 5, to: 8 },
      { from: 6, to: 21 },
    ]) {
      const rest = logMel.compute(samples, known);
      for (let t = 0; t < 21; t++) {
        const row = (of: Float32Array): number[] => [...of.subarray(t * 64, t * 64 + 64)];
        expect(row(rest)).toEqual(t >= known.from && t < known.to ? new Array(64).fill(0) : row(all));
      }
    }
  });

  it('gives 1 + ⌊n / hop⌋ frames, also for sounds shorter than one frame', () => {
    const logMel = createLogMel(mel, 48_000);
    for (const [samples, frames] of [
      [1, 1],
      [100, 1],
      [480, 2],
      [1023, 3],
      [48_000, 101],
      [480_000, 1001],
    ] as const) {
      expect(logMel.frames(samples)).toBe(frames);
      expect(logMel.compute(tone(1000, samples))).toHaveLength(frames * 64);
    }
  });

  it('puts silence at the floor', () => {
    const silence = createLogMel(mel, 48_000).compute(new Float32Array(4800));
    expect([...new Set(silence)]).toEqual([-100]);
  });

  it('shows a higher tone in a higher band, and half the amplitude as 6 dB less', () => {
    const logMel = createLogMel(mel, 48_000);
    const middle = (samples: Float32Array): Float32Array => logMel.compute(samples).slice(10 * 64, 11 * 64);
    const peak = (row: Float32Array): number => row.indexOf(Math.max(...row));
    const peaks = [100, 300, 1000, 3000, 10_000].map((hz) => peak(middle(tone(hz, 9600))));
    expect(peaks).toEqual([...peaks].sort((a, b) => a - b));
    expect(new Set(peaks).size).toBe(5);
    const loud = middle(tone(1000, 9600));
    const soft = middle(tone(1000, 9600).map((value) => value / 2));
    expect(loud[peak(loud)]! - soft[peak(loud)]!).toBeCloseTo(20 * Math.log10(2), 3);
  });

  it('counts samples that are no numbers as silence', () => {
    const samples = tone(1000, 9600);
    const holes = samples.slice();
    const broken = samples.slice();
    for (const [i, value] of [
      [100, NaN],
      [200, Infinity],
      [9599, -Infinity],
    ] as const) {
      broken[i] = value;
      holes[i] = 0;
    }
    const logMel = createLogMel(mel, 48_000);
    expect(logMel.compute(broken)).toEqual(logMel.compute(holes));
  });
});
