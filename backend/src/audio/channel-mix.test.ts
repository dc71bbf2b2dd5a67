import { describe, expect, it } from 'vitest';
import { createChannelMeter, mixFrames } from './channel-mix.js';

const RATE = 8000;
type Channel = (n: number) => number;

/** Noise that is the same for the same seed. */
function noise(seed: number): Channel {
  let state = seed;
  const values = Float64Array.from({ length: 2 * RATE }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 30 - 1;
  });
  return (n) => values[n % values.length]!;
}
const silence: Channel = () => 0;
const [a, b, c] = [noise(1), noise(2), noise(3)];
const times =
  (factor: number, of: Channel): Channel =>
  (n) =>
    factor * of(n);

function frames(...channels: Channel[]): Float32Array {
  const samples = new Float32Array(2 * RATE * channels.length);
  for (let n = 0; n < 2 * RATE; n++) for (const [i, of] of channels.entries()) samples[n * channels.length + i] = of(n);
  return samples;
}
function weightsOf(...channels: Channel[]): number[] {
  const meter = createChannelMeter(channels.length, RATE);
  meter.push(frames(...channels));
  return meter.weights();
}
const rms = (samples: Float32Array): number => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
const mixOf = (...channels: Channel[]): Float32Array => mixFrames(frames(...channels), weightsOf(...channels));

describe('how channels become one', () => {
  it('channels that go together, or are unrelated, are averaged', () => {
    expect(weightsOf(a, a)).toEqual([0.5, 0.5]);
    expect(weightsOf(a, b)).toEqual([0.5, 0.5]);
    expect(weightsOf(a, times(0.3, a))).toEqual([0.5, 0.5]);
  });

  it.each([1, 0.97, 0.8])('a channel of reversed polarity (times %f) is turned', (factor) => {
    expect(weightsOf(a, times(-factor, a))).toEqual([0.5, -0.5]);
    expect(rms(mixOf(a, times(-factor, a)))).toBeGreaterThan(0.8 * rms(frames(a)));
  });

  it('empty channels do not make the others quieter', () => {
    expect(weightsOf(a, silence)).toEqual([1, 0]);
    expect(weightsOf(silence, silence, silence, a, silence, silence)).toEqual([0, 0, 0, 1, 0, 0]);
  });

  it('every channel of many is heard, each the same', () => {
    for (const count of [3, 6, 16, 64]) {
      const channels = Array.from({ length: count }, (_, i) => noise(i + 1));
      expect(weightsOf(...channels)).toEqual(channels.map(() => 1 / count));
    }
  });

  it('two of several that cancel each other are heard too', () => {
    const [first, second, third] = weightsOf(a, times(-1, a), b);
    expect(Math.sign(first!)).not.toBe(Math.sign(second!));
    expect(Math.abs(third!)).toBeCloseTo(1 / 3);
  });

  it('where only some sounds of a recording cancel themselves out, one channel holds all', () => {
    const half = (n: number): number => (Math.floor(n / (RATE / 4)) % 2 === 0 ? 1 : -1);
    expect(weightsOf(a, (n) => half(n) * a(n))).toEqual([1, 0]);
  });

  it('highs that cancel themselves out under a bass that does not, count', () => {
    const bass: Channel = (n) => Math.sin((2 * Math.PI * 40 * n) / RATE);
    const weights = weightsOf(
      (n) => bass(n) + 0.2 * a(n),
      (n) => bass(n) - 0.2 * a(n),
    );
    expect(weights).toContain(0);
  });

  it.each([[[a, times(-0.9, a), c]], [[a, times(-0.9, a)]], [[a, b]]])(
    'says the same however the samples arrive',
    (channels) => {
      const samples = frames(...channels);
      const count = channels.length;
      const meter = createChannelMeter(count, RATE);
      for (let at = 0, size = count; at < samples.length; at += size, size = count * ((size * 7) % 1009)) {
        meter.push(samples.subarray(at, Math.min(samples.length, at + size)));
      }
      expect(meter.weights()).toEqual(weightsOf(...channels));
    },
  );
});
