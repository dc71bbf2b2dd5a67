import { describe, expect, it } from 'vitest';
import { toyMelFace } from '../../test/golden/toy-model.js';
import { createAudioFrontEnd, padWindow, sharedFrames, silentAudioInput } from './audio-input.js';
import type { AudioFace } from './manifest.js';

const waveform = (padding: AudioFace['padding']): AudioFace => ({
  input: 'waveform',
  inputName: 'samples',
  outputName: 'y',
  sampleRateHz: 10,
  windowS: 1,
  padding,
  minSamples: 4,
});
const padded = (samples: number[], padding: AudioFace['padding']): number[] => [
  ...padWindow(Float32Array.from(samples), waveform(padding)),
];

describe('padWindow', () => {
  it('repeats whole copies and then adds zeros (repeatpad)', () => {
    expect(padded([1, 2, 3], 'repeatpad')).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3, 0]);
    expect(padded([1, 2, 3, 4, 5, 6], 'repeatpad')).toEqual([1, 2, 3, 4, 5, 6, 0, 0, 0, 0]);
  });

  it('keeps the last copy when the copies fill the window exactly', () => {
    expect(padded([1, 2, 3, 4, 5], 'repeatpad')).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
    expect(padded([7], 'repeatpad')).toEqual(new Array(10).fill(7));
  });

  it('adds zeros up to the window (zero) or up to the shortest input (none)', () => {
    expect(padded([1, 2], 'zero')).toEqual([1, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(padded([1, 2], 'none')).toEqual([1, 2, 0, 0]);
    expect(padded([1, 2, 3, 4, 5], 'none')).toEqual([1, 2, 3, 4, 5]);
  });

  it('leaves a full window alone', () => {
    const full = Array.from({ length: 10 }, (_, i) => i);
    for (const padding of ['repeatpad', 'zero', 'none'] as const) expect(padded(full, padding)).toEqual(full);
  });
});

describe('createAudioFrontEnd', () => {
  it('feeds a mel graph the frames that are there, but never fewer than it takes', () => {
    const frontEnd = createAudioFrontEnd(toyMelFace);
    const frames = (samples: number): number | undefined => frontEnd(new Float32Array(samples)).dims[2];
    expect(frames(16_000)).toBe(101);
    expect(frames(8000)).toBe(51);
    expect(frames(1)).toBe(8);
  });

  it('feeds a waveform graph the samples', () => {
    expect(createAudioFrontEnd(waveform('none'))(Float32Array.of(1, 2, 3, 4, 5))).toEqual({
      data: Float32Array.of(1, 2, 3, 4, 5),
      dims: [1, 5],
    });
  });

  it('has a shortest silence of the shape that a real sound has', () => {
    for (const face of [toyMelFace, waveform('zero'), { ...toyMelFace, padding: 'repeatpad' as const }]) {
      const shortest = createAudioFrontEnd(face)(new Float32Array(1));
      expect(silentAudioInput(face).dims).toEqual(shortest.dims);
      expect(silentAudioInput(face).data).toHaveLength(shortest.data.length);
    }
  });
});

describe('sharedFrames', () => {
  const noise = Float32Array.from({ length: 24_000 }, (_, i) => Math.sin(i * i * 0.37) * ((i % 3000) / 3000));

  it('are the same to the bit in windows half a window apart, and none more are', () => {
    const shared = sharedFrames(toyMelFace)!;
    const { from, to, shift, width } = shared;
    const frontEnd = createAudioFrontEnd(toyMelFace);
    const first = frontEnd(noise.subarray(0, 16_000)).data;
    const second = frontEnd(noise.subarray(8000)).data;
    const row = (data: Float32Array, frame: number): number[] => [...data.subarray(frame * width, (frame + 1) * width)];
    const same = Array.from({ length: 101 - shift }, (_, t) => t).filter(
      (t) => row(first, t + shift).join() === row(second, t).join(),
    );
    expect(same).toEqual(Array.from({ length: to - from }, (_, i) => from + i));

    const rest = frontEnd(noise.subarray(8000), shared).data;
    rest.set(first.subarray((from + shift) * width, (to + shift) * width), from * width);
    expect(rest).toEqual(second);
  });

  it('are none where windows begin between frames, and for waveforms', () => {
    expect(sharedFrames(waveform('none'))).toBeNull();
    if (toyMelFace.input === 'waveform') return expect.fail();
    expect(sharedFrames({ ...toyMelFace, mel: { ...toyMelFace.mel, hopLength: 300 } })).toBeNull();
  });
});
