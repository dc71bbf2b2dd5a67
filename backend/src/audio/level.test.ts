import { describe, expect, it } from 'vitest';
import { createLevelMeter } from './level.js';

const sine = (amplitude: number, length = 48_000): Float32Array =>
  Float32Array.from({ length }, (_, n) => amplitude * Math.sin(n / 10));
function meterOf(codec: string | null, ...pieces: Float32Array[]) {
  const meter = createLevelMeter(codec);
  for (const piece of pieces) meter.push(piece);
  return meter;
}

describe('the level of a sound', () => {
  it('is left alone in between', () => {
    for (const amplitude of [0.002, 0.1, 1]) expect(meterOf('pcm_f32le', sine(amplitude)).gain()).toBe(1);
  });

  it.each([1.06, 16, 32_768, 2 ** 31])('floats with a peak of %f are scaled by it', (peak) => {
    expect(meterOf('pcm_f32le', sine(peak)).gain() * peak).toBeCloseTo(1, 3);
  });

  it('whole numbers cannot be beyond full scale: what a resampler adds does not make them quieter', () => {
    expect(meterOf('pcm_s16le', sine(1.1)).gain()).toBe(1);
  });

  it('what is very quiet is raised, and is not silence', () => {
    const meter = meterOf('pcm_f32le', sine(3e-5));
    expect(meter.isSilent()).toBe(false);
    expect(meter.gain() * 3e-5).toBeCloseTo(0.1, 3);
  });

  it('silence is digital zero, or what the format cannot hold', () => {
    expect(meterOf('pcm_f32le', new Float32Array(1000)).isSilent()).toBe(true);
    expect(meterOf('pcm_f32le', sine(5e-8)).isSilent()).toBe(true);
    expect(meterOf('pcm_s16le', sine(1 / 2 ** 15)).isSilent()).toBe(true);
    expect(meterOf('pcm_s24le', sine(1 / 2 ** 15)).isSilent()).toBe(false);
  });

  it('a few values that are no sound do not make the rest quiet', () => {
    const broken = sine(0.5);
    broken.fill(1e9, 1000, 1040);
    expect(meterOf('pcm_f32le', broken).gain()).toBe(1);
  });

  it('a short click over full scale in silence is scaled too', () => {
    const click = new Float32Array(48_000);
    click.set(sine(4, 200), 1000);
    expect(meterOf('pcm_f32le', click).gain()).toBeCloseTo(0.25, 2);
  });

  it('a gain chosen from a quiet beginning shows as wrong', () => {
    const meter = createLevelMeter('pcm_f32le');
    meter.push(sine(1e-5));
    const early = meter.gain();
    expect(meter.isWrong(early)).toBe(false);
    meter.push(sine(0.9));
    expect(meter.isWrong(early)).toBe(true);
    expect(meter.isWrong(meter.gain())).toBe(false);
  });
});
