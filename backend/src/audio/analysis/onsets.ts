import { createBands } from './band-energies.js';
import { createFrameReader } from './frames.js';

const FRAME_S = 0.043;
const HOP_S = 0.0107;
const BANDS = 24;
const RANGE_HZ = [40, 5500] as const;
/** What is this far below the loudest is silence: codecs leave noise there. */
const DYNAMICS_DB = 60;
/** Frames back to compare with: an attack takes longer than one hop. */
const LAG = 2;
/** Half the span over which the usual strength is taken away, seconds. */
const MEAN_S = 0.4;

const END_S = 0.05;

/** How much begins at each moment. */
export interface OnsetEnvelope {
  /** Mean rise over the bands in dB, less its local mean; never negative. */
  strength: Float32Array;
  rateHz: number;
  /** Level of the last {@link END_S} against the mean, dB; near zero where a sound is cut off, as loops are. */
  endLevelDb: number;
}

/** Measures where sounds begin, as the rise of energy in mel bands (log-mel spectral flux), while samples stream by. */
export function createOnsetReader(rateHz: number, limitS: number) {
  const size = 2 ** Math.round(Math.log2(FRAME_S * rateHz));
  const hop = Math.max(1, Math.round(HOP_S * rateHz));
  const bands = createBands(rateHz, size, BANDS, RANGE_HZ);
  const limit = Math.ceil((limitS * rateHz) / hop);
  let energies = new Float32Array(1024 * BANDS);
  let count = 0;
  const reader = createFrameReader({ size, hop }, (power) => {
    if (count === limit) return;
    if ((count + 1) * BANDS > energies.length) {
      const larger = new Float32Array(energies.length * 2);
      larger.set(energies);
      energies = larger;
    }
    bands.measure(power, energies, count++ * BANDS);
  });
  return {
    push(samples: Float32Array): void {
      if (count < limit) reader.push(samples);
    },
    finish(): OnsetEnvelope {
      reader.finish();
      const measured = energies.subarray(0, count * BANDS);
      const frameRateHz = rateHz / hop;
      return {
        strength: envelopeOf(measured, frameRateHz),
        rateHz: frameRateHz,
        endLevelDb: endLevel(measured, Math.round(END_S * frameRateHz)),
      };
    },
  };
}

function envelopeOf(energies: Float32Array, rateHz: number): Float32Array {
  const frames = energies.length / BANDS;
  let loudest = 0;
  for (const energy of energies) if (energy > loudest) loudest = energy;
  const flux = new Float32Array(frames);
  if (loudest === 0) return flux;
  const floor = loudest * 10 ** (-DYNAMICS_DB / 10);
  const levels = energies.map((energy) => 10 * Math.log10(Math.max(energy, floor)));
  const silence = 10 * Math.log10(floor);
  for (let t = 0; t < frames; t++) {
    let sum = 0;
    for (let band = 0; band < BANDS; band++) {
      const before = t < LAG ? silence : levels[(t - LAG) * BANDS + band]!;
      sum += Math.max(0, levels[t * BANDS + band]! - before);
    }
    flux[t] = sum / BANDS;
  }
  return aboveLocalMean(flux, Math.round(MEAN_S * rateHz));
}

function endLevel(energies: Float32Array, frames: number): number {
  const mean = (part: Float32Array): number => part.reduce((sum, energy) => sum + energy, 0) / part.length;
  return 10 * Math.log10((mean(energies.subarray(-frames * BANDS)) + 1e-12) / (mean(energies) + 1e-12));
}

function aboveLocalMean(values: Float32Array, reach: number): Float32Array {
  const sums = new Float64Array(values.length + 1);
  values.forEach((value, i) => (sums[i + 1] = sums[i]! + value));
  return values.map((value, i) => {
    const from = Math.max(0, i - reach);
    const to = Math.min(values.length, i + reach + 1);
    return Math.max(0, value - (sums[to]! - sums[from]!) / (to - from));
  });
}
