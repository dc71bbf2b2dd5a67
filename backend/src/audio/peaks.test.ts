import { describe, expect, it } from 'vitest';
import { createPeaksBuilder, resamplePeaks } from './peaks.js';

const RATE = 48_000;

describe('createPeaksBuilder', () => {
  it('shows where a sound is loud and where it is silent', () => {
    const builder = createPeaksBuilder(RATE);
    const samples = new Float32Array(RATE);
    for (let i = RATE / 2; i < RATE; i++) samples[i] = i % 2 === 0 ? 1 : -0.5;
    builder.push(samples);
    const { bucketS, minMax } = builder.finish();
    const bucketAt = (seconds: number): number[] => {
      const bucket = Math.floor(seconds / bucketS);
      return [...minMax.subarray(2 * bucket, 2 * bucket + 2)];
    };
    expect((minMax.length / 2) * bucketS).toBeCloseTo(1, 2);
    expect(bucketAt(0.25)).toEqual([0, 0]);
    expect(bucketAt(0.75)).toEqual([-63, 127]);
  });

  it('gives the same whatever the chunks', () => {
    const samples = Float32Array.from({ length: 700_000 }, (_, i) => Math.sin(i / 50) * Math.sin(i / 90_000));
    const whole = createPeaksBuilder(RATE);
    whole.push(samples);
    const pieces = createPeaksBuilder(RATE);
    for (let at = 0, size = 1; at < samples.length; at += size, size = (size * 7) % 4999)
      pieces.push(samples.subarray(at, at + size));
    expect(pieces.finish()).toEqual(whole.finish());
  });

  it('keeps every peak of an hour in at most 8192 buckets', () => {
    const builder = createPeaksBuilder(8000);
    const minute = new Float32Array(8000 * 60);
    for (let i = 0; i < 60; i++) {
      minute[17] = i === 40 ? -1 : 0.25;
      builder.push(minute);
    }
    const { bucketS, minMax } = builder.finish();
    expect(minMax.length).toBeLessThanOrEqual(2 * 8192);
    expect(minMax.length).toBeGreaterThan(2 * 4000);
    const deepest = Math.min(...minMax);
    expect(deepest).toBe(-127);
    expect(((minMax.indexOf(deepest) / 2) * bucketS) / 60).toBeCloseTo(40, 0);
  });

  it('has no buckets without samples', () => {
    expect(createPeaksBuilder(RATE).finish().minMax).toHaveLength(0);
  });
});

describe('resamplePeaks', () => {
  const peaks = { bucketS: 0.25, minMax: Int8Array.from([-1, 1, -20, 2, -3, 30, -4, 4]) };

  it('joins buckets by their extremes', () => {
    expect(resamplePeaks(peaks, 2, 1)).toEqual({ bucketS: 0.5, minMax: Int8Array.from([-20, 2, -4, 30]) });
  });

  it('repeats buckets where more points are asked for', () => {
    expect([...resamplePeaks(peaks, 8, 1).minMax]).toEqual([
      -1, 1, -1, 1, -20, 2, -20, 2, -3, 30, -3, 30, -4, 4, -4, 4,
    ]);
  });

  it('follows the time where the last bucket is only partly filled', () => {
    const { minMax } = resamplePeaks(peaks, 3, 0.75);
    expect([...minMax]).toEqual([-1, 1, -20, 2, -3, 30]);
  });

  it('is flat for a sound without peaks', () => {
    expect([...resamplePeaks({ bucketS: 1, minMax: new Int8Array(0) }, 2, 5).minMax]).toEqual([0, 0, 0, 0]);
  });
});
