import { describe, expect, it } from 'vitest';
import { cut, fourier, peaksOf, spectrogramOf } from './detail';
import { heightOf } from './spectrogram';

const tone = (hz: number, seconds: number): Float32Array =>
  Float32Array.from({ length: 44_100 * seconds }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / 44_100));

describe('a stretch of a sound, closely', () => {
  it('transforms as the definition says', () => {
    const input = [3, -1, 4, 1, -5, 9, 2, -6];
    const real = Float32Array.from(input);
    const imaginary = new Float32Array(8);
    fourier(real, imaginary);
    input.forEach((_, k) => {
      const at = (turn: (angle: number) => number): number =>
        input.reduce((sum, value, n) => sum + value * turn((-2 * Math.PI * k * n) / 8), 0);
      expect(real[k]).toBeCloseTo(at(Math.cos), 4);
      expect(imaginary[k]).toBeCloseTo(at(Math.sin), 4);
    });
  });

  it('shows a tone at its height', () => {
    const levels = spectrogramOf(tone(1000, 1), 10);
    const column = Array.from({ length: 128 }, (_, row) => levels[row * 10 + 5]!);
    expect(column.indexOf(Math.max(...column)) / 128).toBeCloseTo(heightOf(1000), 1);
    expect(Math.min(...column)).toBeLessThan(60);
  });

  it('loses no extreme', () => {
    const { min, max, points } = peaksOf(Float32Array.of(0.1, -0.9, 0.2, 0.8, 0, 0.3), 3);
    expect([points, max.map((value) => value.toFixed(1)), min.map((value) => value.toFixed(1))]).toEqual([
      3,
      ['0.1', '0.8', '0.3'],
      ['-0.9', '0.2', '0.0'],
    ]);
    expect(peaksOf(Float32Array.of(0.5), 400).points).toBe(1);
  });

  it('cuts an overview', () => {
    const whole = {
      durationS: 10,
      points: 10,
      min: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      max: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    };
    expect(cut(whole, 2, 5)).toEqual({ durationS: 3, points: 3, min: [2, 3, 4], max: [2, 3, 4] });
    expect(cut(whole, 9.99, 10).points).toBe(1);
  });
});
