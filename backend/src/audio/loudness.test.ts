import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Loudness } from '../domain/analysis/analysis.types.js';
import { chords, hits, noise, RATE_HZ } from '../../test/support/signals.js';
import { createLoudnessMeter } from './loudness.js';

const tone = (hz: number, db: number, durationS: number): Float32Array =>
  Float32Array.from(
    { length: Math.round(durationS * RATE_HZ) },
    (_, i) => 10 ** (db / 20) * Math.sin((2 * Math.PI * hz * i) / RATE_HZ),
  );

const interleaved = (...channels: Float32Array[]): Float32Array =>
  Float32Array.from({ length: channels.length * channels[0]!.length }, (_, i) => {
    const channel = channels[i % channels.length]!;
    return channel[Math.floor(i / channels.length)]!;
  });

function measure(samples: Float32Array, channels = 1, piece = 4800): Loudness {
  const meter = createLoudnessMeter(RATE_HZ);
  for (let at = 0; at < samples.length; at += piece * channels) {
    meter.push({ channels, samples: samples.subarray(at, at + piece * channels) });
  }
  return meter.finish();
}

/** What ffmpeg's ebur128 says of the same samples. */
function reference(samples: Float32Array, channels: number): number {
  const said = execFileSync(
    'sh',
    ['-c', `ffmpeg -hide_banner -f f32le -ar ${RATE_HZ} -ac ${channels} -i - -af ebur128=dualmono=true -f null - 2>&1`],
    { input: Buffer.from(samples.buffer), maxBuffer: 1e8 },
  ).toString();
  return Number(/Integrated loudness:\s+I:\s+(-?[\d.]+) LUFS/.exec(said)?.[1]);
}

describe('loudness', () => {
  const quietThenLoud = Float32Array.from([...tone(440, -50, 4), ...tone(440, -12, 3), ...tone(440, -75, 3)]);
  const random = noise(4);
  const hiss = Float32Array.from({ length: 5 * RATE_HZ }, () => 0.2 * random());
  it.each<[string, Float32Array, number]>([
    ['a tone', tone(1000, -20, 4), 1],
    ['a deep tone', tone(60, -10, 4), 1],
    ['noise', hiss, 1],
    ['different channels', interleaved(tone(1000, -20, 4), tone(3000, -26, 4)), 2],
    ['what is quiet and loud in turn', quietThenLoud, 1],
    ['a drum machine', hits(6, [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]), 1],
    [
      'chords',
      chords(1, [
        [0, 4, 7],
        [5, 9, 12],
        [7, 11, 14],
      ]),
      1,
    ],
  ])('of %s is as ffmpeg measures it', (_, samples, channels) => {
    expect(Math.abs(measure(samples, channels).lufs! - reference(samples, channels))).toBeLessThan(0.15);
  });

  it('is the same however the stream is cut, and the same for one channel as for two alike', () => {
    const samples = hits(3, [0, 0.7, 1.9]);
    expect(measure(samples, 1, 997)).toEqual(measure(samples, 1, 50_000));
    expect(measure(interleaved(samples, samples), 2)).toEqual(measure(samples));
  });

  it('is told of what is shorter than a block, and not of silence', () => {
    const short = measure(tone(1000, -6, 0.1));
    expect(short.lufs).toBeGreaterThan(-16);
    expect(short.lufs).toBeLessThan(-6);
    expect(short.peakDb).toBeCloseTo(-6, 1);
    expect(measure(new Float32Array(RATE_HZ))).toEqual({ lufs: null, peakDb: null });
    expect(measure(new Float32Array(0))).toEqual({ lufs: null, peakDb: null });
  });

  it('has the peak of any channel, also beyond full scale', () => {
    expect(measure(interleaved(tone(440, -30, 1), tone(440, 6, 1)), 2).peakDb).toBeCloseTo(6, 1);
  });
});
