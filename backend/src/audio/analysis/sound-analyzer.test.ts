import { describe, expect, it } from 'vitest';
import { createDecimator } from './decimator.js';
import { createSoundAnalyzer } from './sound-analyzer.js';
import { chords, hits, noise, RATE_HZ } from '../../../test/support/signals.js';

function analyse(samples: Float32Array, chunk = 4096) {
  const analyzer = createSoundAnalyzer(RATE_HZ);
  for (let at = 0; at < samples.length; at += chunk) analyzer.push(samples.subarray(at, at + chunk));
  return analyzer.finish();
}

const times = (count: number, everyS: number): number[] => Array.from({ length: count }, (_, i) => i * everyS);

describe('tempo', () => {
  it.each([
    ['a bar of eighths', 97, 4, 8],
    ['four bars of sixteenths', 126, 16, 64],
    ['three beats', 90, 3, 12],
  ])('of a loop is told exactly by its length: %s', (_, bpm, beats, count) => {
    const durationS = (beats * 60) / bpm;
    const { tempo } = analyse(hits(durationS, times(count, durationS / count)));
    expect([bpm / 2, bpm, bpm * 2].some((other) => Math.abs(tempo!.bpm / other - 1) < 0.002)).toBe(true);
    expect(tempo!.confidence).toBeGreaterThan(0.9);
  });

  it('of an excerpt is near, whatever its length', () => {
    const { tempo } = analyse(
      hits(
        7.3,
        times(30, 60 / 122 / 2).map((timeS) => timeS + 0.21),
      ),
    );
    expect(Math.abs(tempo!.bpm / 122 - 1)).toBeLessThan(0.02);
  });

  it('is not told of single hits, irregular ones, noise and silence', () => {
    const random = noise(7);
    const irregular = Array.from({ length: 24 }, () => (random() + 1) * 4);
    expect(analyse(hits(1, [0])).tempo).toBeNull();
    expect(analyse(hits(8, irregular)).tempo).toBeNull();
    expect(analyse(Float32Array.from({ length: 4 * RATE_HZ }, noise(3))).tempo).toBeNull();
    expect(analyse(new Float32Array(RATE_HZ))).toMatchObject({ tempo: null, key: null });
    expect(analyse(new Float32Array(0))).toMatchObject({ tempo: null, key: null });
  });
});

describe('key', () => {
  const major = [0, 4, 7];
  const minor = [0, 3, 7];
  const at = (degree: number, chord: number[]): number[] => [degree - 12, ...chord.map((note) => note + degree)];

  it.each([
    ['C', [at(0, major), at(5, major), at(7, major), at(0, major)]],
    ['Em', [at(4, minor), at(9, minor), at(-1, major), at(4, minor)]],
    ['Bb', [at(-2, major), at(3, major), at(5, major), at(-2, major)]],
  ])('%s is told by its cadence, also out of tune', (key, notes) => {
    expect(analyse(chords(0.6, notes)).key?.key).toBe(key);
    expect(analyse(chords(0.6, notes, 35)).key?.key).toBe(key);
  });

  it('is not told of short sounds, noise and drums', () => {
    expect(analyse(chords(1, [at(0, major)])).key).toBeNull();
    expect(analyse(Float32Array.from({ length: 4 * RATE_HZ }, noise(5))).key).toBeNull();
    expect(analyse(hits(4, times(16, 0.25))).key).toBeNull();
  });
});

it('hears the same however the stream is cut, and takes what is not a number for silence', () => {
  const samples = hits(4, times(16, 0.25));
  expect(analyse(samples, 997)).toEqual(analyse(samples, 65_536));
  samples[1000] = NaN;
  samples[2000] = Infinity;
  expect(analyse(samples).tempo).not.toBeNull();
});

it('decimates to the lowest rate that suits and keeps what is above out', () => {
  const decimator = createDecimator(RATE_HZ);
  expect(decimator.rateHz).toBe(12_000);
  const tone = (hz: number) =>
    Float32Array.from({ length: RATE_HZ }, (_, i) => Math.sin((2 * Math.PI * hz * i) / RATE_HZ));
  const level = (samples: Float32Array): number => Math.hypot(...samples.slice(500, -500)) / Math.sqrt(samples.length);
  expect(level(decimator.push(tone(1000)))).toBeCloseTo(Math.SQRT1_2, 1);
  expect(level(decimator.push(tone(9000)))).toBeLessThan(0.003);
});

const tone = (hz: number, level = 1): Float32Array =>
  Float32Array.from({ length: RATE_HZ }, (_, i) => level * Math.sin((2 * Math.PI * hz * i) / RATE_HZ));

describe('kind', () => {
  const decaying = (durationS: number, hz: number): Float32Array =>
    Float32Array.from(
      { length: Math.round(durationS * RATE_HZ) },
      (_, i) => 0.8 * Math.sin((2 * Math.PI * hz * i) / RATE_HZ) * Math.exp(-6 * (i / RATE_HZ / durationS)),
    );

  it.each<[string, Float32Array, 'one-shot' | 'loop' | 'long' | null]>([
    ['a hit', hits(0.5, [0]), 'one-shot'],
    ['a very short one that is cut off', hits(0.03, [0]), 'one-shot'],
    ['a note that fades', decaying(3, 220), 'one-shot'],
    ['a bar of a beat', hits(240 / 97, times(8, 30 / 97)), 'loop'],
    ['a part of a beat that is no whole number of beats', hits(7.3, times(16, 60 / 122)), null],
    ['some hits without a beat', hits(6, [0, 0.9, 1.3, 3.2, 3.9, 5.1]), null],
    ['noise that does not fade', Float32Array.from({ length: 3 * RATE_HZ }, noise(2)), null],
    ['a high tone that does not fade', tone(6000), null],
    ['more than a minute', hits(61, [0]), 'long'],
    ['silence', new Float32Array(RATE_HZ), null],
  ])('of %s', (_, samples, kind) => {
    expect(analyse(samples).kind).toBe(kind);
  });
});

describe('brightness', () => {
  it.each([110, 1000, 9000])('of a tone of %i Hz is its frequency, however loud', (hz) => {
    for (const level of [1, 0.01]) expect(Math.abs(analyse(tone(hz, level)).brightnessHz! / hz - 1)).toBeLessThan(0.15);
  });

  it('of white noise lies in the middle of what is heard, of silence nowhere', () => {
    const { brightnessHz } = analyse(Float32Array.from({ length: 2 * RATE_HZ }, noise(6)));
    expect(Math.abs(brightnessHz! - 10_000)).toBeLessThan(300);
    expect(analyse(new Float32Array(RATE_HZ)).brightnessHz).toBeNull();
  });

  it('goes by the loud part, not by the silence after it', () => {
    const padded = new Float32Array(4 * RATE_HZ);
    padded.set(tone(2000));
    expect(Math.abs(analyse(padded).brightnessHz! / 2000 - 1)).toBeLessThan(0.15);
  });
});
