import type { Waveform } from '$lib/api/types';
import { HIGHEST_HZ, heightOf, LOWEST_HZ, ROWS } from './spectrogram';

/** What the server draws sounds from: 16-bit mono WAV. */
const RATE_HZ = 44_100;
const HEADER_BYTES = 44;
/** Longer stretches are drawn from what the server measured when it processed the sound. */
export const FINE_S = 60;

/** The samples of a stretch, -1..1 at 44.1 kHz. */
export async function samplesOf(src: string, from: number, to: number, signal: AbortSignal): Promise<Float32Array> {
  const first = HEADER_BYTES + 2 * Math.floor(from * RATE_HZ);
  const last = HEADER_BYTES + 2 * Math.ceil(to * RATE_HZ) - 1;
  const answer = await fetch(src, { headers: { range: `bytes=${first}-${last}` }, signal });
  if (answer.status !== 206) throw new Error(`HTTP ${answer.status}`);
  const bytes = new DataView(await answer.arrayBuffer());
  return Float32Array.from({ length: bytes.byteLength >> 1 }, (_, i) => bytes.getInt16(2 * i, true) / 32_768);
}

/** Lowest and highest of the samples in so many buckets. */
export function peaksOf(samples: Float32Array, points: number): Waveform {
  const count = Math.max(1, Math.min(points, samples.length));
  const min: number[] = [];
  const max: number[] = [];
  for (let bucket = 0; bucket < count; bucket += 1) {
    let [low, high] = [1, -1];
    const end = Math.max(Math.floor(((bucket + 1) * samples.length) / count), 1);
    for (let i = Math.floor((bucket * samples.length) / count); i < end; i += 1) {
      const value = samples[i] ?? 0;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    min.push(low);
    max.push(high);
  }
  return { durationS: samples.length / RATE_HZ, points: count, min, max };
}

/** The part of an overview between two times. */
export function cut({ durationS, points, min, max }: Waveform, from: number, to: number): Waveform {
  const first = Math.min(points - 1, Math.floor((from / durationS) * points));
  const end = Math.max(first + 1, Math.ceil((to / durationS) * points));
  return {
    durationS: to - from,
    points: Math.min(points, end) - first,
    min: min.slice(first, end),
    max: max.slice(first, end),
  };
}

const RANGE_DB = 80;

/**
 * Grey levels of what is in the samples, 128 rows from 14 kHz at the top down to 50 Hz, one byte each, `columns` to a row:
 * white is the loudest, black 80 dB below it, as in the server's pictures. Hann windows of 1024 samples, 256 for short ones.
 */
export function spectrogramOf(samples: Float32Array, columns: number): Uint8ClampedArray {
  const size = samples.length < 4096 ? 256 : 1024;
  const powers = new Float32Array(ROWS * columns);
  const bins = binsOfRows(size);
  const window = Float32Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const real = new Float32Array(size);
  const imaginary = new Float32Array(size);
  let loudest = 1e-12;
  for (let column = 0; column < columns; column += 1) {
    const start = Math.round(((column + 0.5) * samples.length) / columns - size / 2);
    for (let i = 0; i < size; i += 1) real[i] = (samples[start + i] ?? 0) * window[i]!;
    imaginary.fill(0);
    fourier(real, imaginary);
    for (let row = 0; row < ROWS; row += 1) {
      let power = 0;
      const [first, last] = bins[row]!;
      for (let bin = first; bin <= last; bin += 1) power = Math.max(power, real[bin]! ** 2 + imaginary[bin]! ** 2);
      powers[row * columns + column] = power;
      loudest = Math.max(loudest, power);
    }
  }
  return Uint8ClampedArray.from(
    powers,
    (power) => 255 * (1 + (10 * Math.log10(Math.max(power, 1e-20) / loudest)) / RANGE_DB),
  );
}

/** First and last bin of each row's stretch of the mel scale. */
function binsOfRows(size: number): [number, number][] {
  const rows: [number, number][] = Array.from({ length: ROWS }, () => [size, -1]);
  for (let bin = 1; bin < size / 2; bin += 1) {
    const hz = (bin * RATE_HZ) / size;
    if (hz < LOWEST_HZ || hz > HIGHEST_HZ) continue;
    const row = rows[Math.min(ROWS - 1, Math.floor(heightOf(hz) * ROWS))]!;
    row[0] = Math.min(row[0], bin);
    row[1] = Math.max(row[1], bin);
  }
  // Rows that no bin falls into, at the bottom, take the nearest.
  rows.forEach((row, i) => {
    if (row[1] >= 0) return;
    const hz = Array.from({ length: size / 2 }, (_, bin) => bin).reduce((best, bin) => {
      const far = (each: number): number => Math.abs(heightOf(Math.max(1, (each * RATE_HZ) / size)) - (i + 0.5) / ROWS);
      return far(bin) < far(best) ? bin : best;
    }, 1);
    row[0] = hz;
    row[1] = hz;
  });
  return rows;
}

/** The discrete Fourier transform in place, radix 2 (Cooley and Tukey, 1965); the length is a power of two. */
export function fourier(real: Float32Array, imaginary: Float32Array): void {
  const size = real.length;
  for (let i = 1, j = 0; i < size; i += 1) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [real[i], real[j]] = [real[j]!, real[i]!];
    [imaginary[i], imaginary[j]] = [imaginary[j]!, imaginary[i]!];
  }
  for (let half = 1; half < size; half *= 2) {
    for (let k = 0; k < half; k += 1) {
      const angle = (-Math.PI * k) / half;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      for (let i = k; i < size; i += 2 * half) {
        const [re, im] = [real[i + half]!, imaginary[i + half]!];
        const [turnedRe, turnedIm] = [re * cos - im * sin, re * sin + im * cos];
        real[i + half] = real[i]! - turnedRe;
        imaginary[i + half] = imaginary[i]! - turnedIm;
        real[i] = real[i]! + turnedRe;
        imaginary[i] = imaginary[i]! + turnedIm;
      }
    }
  }
}
