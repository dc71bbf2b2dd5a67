import type { Peaks } from './library.types.js';

/** Waveform overview for drawing. `min` and `max` have `points` values in -1..1; together they span `durationS`. */
export interface Waveform {
  durationS: number;
  points: number;
  min: number[];
  max: number[];
}

/**
 * Merges stored peaks into at most `points` buckets; never loses an extreme value. Fewer stored buckets than `points` are
 * given as they are.
 * @param durationS length of the sound in seconds; null takes the length of the stored buckets
 */
export function overview(peaks: Peaks, points: number, durationS: number | null): Waveform {
  const stored = peaks.minMax.length / 2;
  const count = Math.min(points, stored);
  const min: number[] = [];
  const max: number[] = [];
  for (let bucket = 0; bucket < count; bucket++) {
    const from = Math.floor((bucket * stored) / count);
    const to = Math.max(from + 1, Math.floor(((bucket + 1) * stored) / count));
    let low = 127;
    let high = -127;
    for (let index = from; index < to; index++) {
      low = Math.min(low, peaks.minMax[2 * index] ?? 0);
      high = Math.max(high, peaks.minMax[2 * index + 1] ?? 0);
    }
    min.push(scaled(low));
    max.push(scaled(high));
  }
  return { durationS: durationS ?? stored * peaks.bucketS, points: count, min, max };
}

const scaled = (value: number): number => Math.round((value / 127) * 1000) / 1000;
