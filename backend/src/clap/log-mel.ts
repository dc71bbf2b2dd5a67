import { createPowerSpectrum } from './fft.js';
import type { MelFace } from './manifest.js';
import { createMelFilters } from './mel-filters.js';

/** Frames `from` … `to` − 1. */
export interface FrameRange {
  from: number;
  to: number;
}

export interface LogMel {
  readonly melBins: number;
  /** Number of frames of `length` samples: 1 + ⌊length / hop⌋. */
  frames(length: number): number;
  /**
   * Samples (any length ≥ 1, at the model's rate) → decibels, row-major `[frames, melBins]`.
   * Samples that are not finite count as silence. Frames of `known` are left at 0, for the caller to fill. Not
   * re-entrant.
   */
  compute(samples: Float32Array, known?: FrameRange | null): Float32Array<ArrayBuffer>;
}

/**
 * Log-mel spectrogram as `transformers.audio_utils.spectrogram` computes it for CLAP: periodic Hann window (zero-padded
 * around its middle to nFft), centred frames with reflected edges, |X|^power, mel filters, decibels with a floor.
 * Agrees with it within 1e-3 dB (test/golden).
 */
export function createLogMel(mel: MelFace, sampleRateHz: number): LogMel {
  const { nFft, hopLength, melBins, logFloor } = mel;
  const filters = createMelFilters(mel, sampleRateHz);
  const { starts, offsets, weights } = filters;
  const powerSpectrum = createPowerSpectrum(hann(mel.winLength, nFft), filters.firstBin, filters.lastBin);
  const edge = new Float32Array(nFft);
  const power = new Float64Array(nFft / 2 + 1);
  const decibels = (mel.power === 2 ? 10 : 20) / Math.LN10;
  const frames = (length: number): number => 1 + Math.floor(length / hopLength);

  const transformFrame = (samples: Float32Array, start: number): void => {
    if (start >= 0 && start + nFft <= samples.length) {
      powerSpectrum(samples, start, power);
      return;
    }
    for (let i = 0; i < nFft; i++) edge[i] = samples[reflect(start + i, samples.length)]!;
    powerSpectrum(edge, 0, power);
  };

  const applyFilters = (out: Float32Array, row: number): void => {
    for (let band = 0; band < melBins; band++) {
      const end = offsets[band + 1]!;
      let energy = 0;
      for (let i = offsets[band]!, bin = starts[band]!; i < end; i++, bin++) energy += weights[i]! * power[bin]!;
      out[row + band] = decibels * Math.log(energy > logFloor ? energy : logFloor);
    }
  };

  return {
    melBins,
    frames,
    compute(samples, known) {
      const clean = withoutNonFinite(samples);
      const count = frames(clean.length);
      const out = new Float32Array(count * melBins);
      for (let t = 0; t < count; t++) {
        if (known && t >= known.from && t < known.to) continue;
        transformFrame(clean, t * hopLength - nFft / 2);
        if (mel.power === 1) {
          for (let k = filters.firstBin; k <= filters.lastBin; k++) power[k] = Math.sqrt(power[k]!);
        }
        applyFilters(out, t * melBins);
      }
      return out;
    },
  };
}

function hann(length: number, nFft: number): Float64Array {
  const window = new Float64Array(nFft);
  const offset = (nFft - length) >> 1;
  for (let i = 0; i < length; i++) window[offset + i] = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length);
  return window;
}

/** Mirror at both ends without repeating the edge, as often as needed (`numpy.pad(mode="reflect")`). */
function reflect(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const folded = ((index % period) + period) % period;
  return folded < length ? folded : period - folded;
}

/** One bad sample would turn a whole frame, and through the network the whole window, into NaN. */
function withoutNonFinite(samples: Float32Array): Float32Array {
  for (let i = 0; i < samples.length; i++) {
    if (!Number.isFinite(samples[i]!)) return samples.map((sample) => (Number.isFinite(sample) ? sample : 0));
  }
  return samples;
}
