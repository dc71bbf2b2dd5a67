import type { PeaksBuilder } from '../domain/ingest/ingest.ports.js';
import type { Peaks } from '../domain/library/library.types.js';

/** Even; a pass of merging halves it. At most this many buckets, however long the sound is. */
const MAX_BUCKETS = 8192;
const FIRST_BUCKET_SAMPLES = 64;
const FULL_SCALE = 127;

/**
 * Builds the waveform overview in constant memory: buckets start small, and whenever all are used, neighbours merge and the bucket
 * doubles. So a short sound has fine buckets and a long one between 4096 and 8192.
 * @param sampleRateHz of the mono samples that will be pushed, which lie in [-1, 1]
 */
export function createPeaksBuilder(sampleRateHz: number): PeaksBuilder {
  const min = new Float32Array(MAX_BUCKETS);
  const max = new Float32Array(MAX_BUCKETS);
  let buckets = 0;
  let bucketSamples = FIRST_BUCKET_SAMPLES;
  let filled = 0;
  let low = Infinity;
  let high = -Infinity;

  const close = (): void => {
    min[buckets] = low;
    max[buckets] = high;
    buckets++;
    filled = 0;
    low = Infinity;
    high = -Infinity;
    if (buckets < MAX_BUCKETS) return;
    for (let i = 0; i < MAX_BUCKETS / 2; i++) {
      min[i] = Math.min(min[2 * i] as number, min[2 * i + 1] as number);
      max[i] = Math.max(max[2 * i] as number, max[2 * i + 1] as number);
    }
    buckets = MAX_BUCKETS / 2;
    bucketSamples *= 2;
  };

  return {
    push(samples) {
      for (let at = 0; at < samples.length;) {
        const end = Math.min(samples.length, at + bucketSamples - filled);
        filled += end - at;
        let [least, most] = [low, high];
        for (; at < end; at++) {
          const value = samples[at]!;
          if (value < least) least = value;
          if (value > most) most = value;
        }
        [low, high] = [least, most];
        if (filled === bucketSamples) close();
      }
    },
    finish() {
      if (filled > 0) close();
      const minMax = new Int8Array(buckets * 2);
      for (let i = 0; i < buckets; i++) {
        minMax[2 * i] = Math.round((min[i] as number) * FULL_SCALE);
        minMax[2 * i + 1] = Math.round((max[i] as number) * FULL_SCALE);
      }
      return { bucketS: bucketSamples / sampleRateHz, minMax };
    },
  };
}

/**
 * The overview at exactly `points` buckets over the whole sound: where several buckets fall into one, their extremes; where there are
 * fewer, each is repeated.
 * @param durationS length of the sound, seconds
 */
export function resamplePeaks(peaks: Peaks, points: number, durationS: number): Peaks {
  const buckets = peaks.minMax.length / 2;
  const minMax = new Int8Array(points * 2);
  const bucketS = durationS / points;
  if (buckets === 0 || points === 0) return { bucketS, minMax };
  // The last bucket may be partly beyond the end, so positions follow the time and not the bucket count.
  const perPoint = bucketS / peaks.bucketS;
  for (let point = 0; point < points; point++) {
    const first = Math.min(buckets - 1, Math.floor(point * perPoint));
    const last = Math.min(buckets - 1, Math.max(first, Math.ceil((point + 1) * perPoint) - 1));
    let low = FULL_SCALE;
    let high = -FULL_SCALE;
    for (let bucket = first; bucket <= last; bucket++) {
      low = Math.min(low, peaks.minMax[2 * bucket] as number);
      high = Math.max(high, peaks.minMax[2 * bucket + 1] as number);
    }
    minMax[2 * point] = low;
    minMax[2 * point + 1] = high;
  }
  return { bucketS, minMax };
}
