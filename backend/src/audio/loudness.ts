import type { Loudness } from '../domain/analysis/analysis.types.js';
import { GrowingFloats } from './growing-floats.js';
import type { Frames } from './samples.js';

/** Loudness is measured in blocks of four steps, a new one with each step. Seconds. */
const STEP_S = 0.1;
const STEPS = 4;
/** What is below is silence, and what is so much below the mean of the rest is a pause. LUFS and LU. */
const ABSOLUTE_GATE = -70;
const RELATIVE_GATE = -10;

/** Integrated loudness and peak of all channels, as ITU-R BS.1770-4 and EBU R 128 say; a step of 100 ms takes four bytes. */
export interface LoudnessMeter {
  push(frames: Frames): void;
  finish(): Loudness;
}

interface Biquad {
  b0: number;
  b1: number;
  b2: number;
  a1: number;
  a2: number;
}

/** One channel counts as played by both loudspeakers, as it is heard (`dualmono` of ffmpeg's ebur128). */
export function createLoudnessMeter(sampleRateHz: number): LoudnessMeter {
  const [shelf, highPass] = [shelfAt(sampleRateHz), highPassAt(sampleRateHz)];
  const stepFrames = Math.round(STEP_S * sampleRateHz);
  let weights: number[] = [];
  let states: Float64Array[] = [];
  const energies = new GrowingFloats();
  let inStep = 0;
  let energy = 0;
  let peak = 0;

  const close = (): void => {
    energies.push(energy);
    energy = 0;
    inStep = 0;
  };

  /** The energy of frames `from` to `to` of one channel behind both filters. */
  const measure = (samples: Float32Array, channel: number, channels: number, from: number, to: number): number => {
    const state = states[channel]!;
    const { b0, b1, b2, a1, a2 } = shelf;
    const { a1: c1, a2: c2 } = highPass;
    // One by one: taken apart by a pattern they would not be known to be numbers, which takes three times as long.
    let x1 = state[0]!;
    let x2 = state[1]!;
    let y1 = state[2]!;
    let y2 = state[3]!;
    let z1 = state[4]!;
    let z2 = state[5]!;
    let highest = peak;
    let sum = 0;
    const end = to * channels;
    for (let i = from * channels + channel; i < end; i += channels) {
      const x = samples[i]!;
      const size = Math.abs(x);
      if (size > highest) highest = size;
      const y = b0 * x + (b1 * x1 + b2 * x2 - a2 * y2) - a1 * y1;
      const z = y - 2 * y1 + y2 - c2 * z2 - c1 * z1;
      x2 = x1;
      x1 = x;
      y2 = y1;
      y1 = y;
      z2 = z1;
      z1 = z;
      sum += z * z;
    }
    peak = highest;
    state.set([x1, x2, y1, y2, z1, z2]);
    return sum;
  };

  return {
    push({ channels, samples }) {
      if (states.length !== channels) {
        weights = weightsOf(channels);
        states = weights.map(() => new Float64Array(6));
      }
      const count = Math.floor(samples.length / channels);
      for (let from = 0; from < count;) {
        const to = Math.min(count, from + stepFrames - inStep);
        for (let channel = 0; channel < channels; channel++) {
          const weight = weights[channel]!;
          if (weight > 0) energy += weight * measure(samples, channel, channels, from, to);
        }
        inStep += to - from;
        from = to;
        if (inStep === stepFrames) close();
      }
    },
    finish() {
      // What is shorter than a block is one, with silence behind it; of what is longer, the rest of a step is left out.
      while (energies.length < STEPS) close();
      return {
        lufs: integrated(energies.values, stepFrames),
        peakDb: peak > 0 ? rounded(20 * Math.log10(peak)) : null,
      };
    },
  };
}

/** Null for silence. */
function integrated(steps: Float32Array, stepFrames: number): number | null {
  const blocks = new Float64Array(steps.length - STEPS + 1);
  for (let i = 0; i < blocks.length; i++) {
    let sum = 0;
    for (let step = 0; step < STEPS; step++) sum += steps[i + step]!;
    blocks[i] = sum / (STEPS * stepFrames);
  }
  const meanAbove = (least: number): number => {
    let [sum, count] = [0, 0];
    for (const block of blocks) if (block >= least) [sum, count] = [sum + block, count + 1];
    return count > 0 ? sum / count : 0;
  };
  const mean = meanAbove(energyAt(ABSOLUTE_GATE));
  if (mean === 0) return null;
  const gated = meanAbove(Math.max(energyAt(ABSOLUTE_GATE), mean * 10 ** (RELATIVE_GATE / 10)));
  return rounded(10 * Math.log10(gated) - 0.691);
}

const energyAt = (lufs: number): number => 10 ** ((lufs + 0.691) / 10);
const rounded = (db: number): number => Math.round(db * 10) / 10;

/** Of 5.1 and 7.1 the deep channel does not count, and those from the sides and from behind count more. */
function weightsOf(channels: number): number[] {
  if (channels === 1) return [2];
  return Array.from({ length: channels }, (_, i) => (channels < 6 || i < 3 ? 1 : i === 3 ? 0 : 1.41));
}

/** The head as a shelf, and what is too low to be heard: the two filters of BS.1770, for any rate (as in libebur128). */
function shelfAt(rateHz: number): Biquad {
  const k = Math.tan((Math.PI * 1681.974450955533) / rateHz);
  const q = 0.7071752369554196;
  const high = 10 ** (3.999843853973347 / 20);
  const band = high ** 0.4996667741545416;
  const a0 = 1 + k / q + k * k;
  return {
    b0: (high + (band * k) / q + k * k) / a0,
    b1: (2 * (k * k - high)) / a0,
    b2: (high - (band * k) / q + k * k) / a0,
    a1: (2 * (k * k - 1)) / a0,
    a2: (1 - k / q + k * k) / a0,
  };
}

function highPassAt(rateHz: number): Biquad {
  const k = Math.tan((Math.PI * 38.13547087602444) / rateHz);
  const q = 0.5003270373238773;
  const a0 = 1 + k / q + k * k;
  return { b0: 1, b1: -2, b2: 1, a1: (2 * (k * k - 1)) / a0, a2: (1 - k / q + k * k) / a0 };
}
