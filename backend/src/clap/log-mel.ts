import type { MelFace } from './manifest.js';
import { createMelFilters } from './mel-filters.js';
import { createMelKernel } from './mel-kernel.js';

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
  const { nFft, hopLength, melBins } = mel;
  const kernel = createMelKernel(mel, hann(mel.winLength, nFft), createMelFilters(mel, sampleRateHz));
  const margin = nFft / 2;
  const frames = (length: number): number => 1 + Math.floor(length / hopLength);

  /** Puts the samples where the kernel finds them, with their mirrored edges. */
  const lay = (samples: Float32Array): void => {
    const { length } = samples;
    const laid = kernel.samples(length + nFft);
    laid.set(samples, margin);
    for (let i = 0; i < margin; i++) {
      laid[i] = samples[reflect(i - margin, length)]!;
      laid[margin + length + i] = samples[reflect(length + i, length)]!;
    }
    if (!kernel.areNumbers(laid.length)) dropNonFinite(laid);
  };

  return {
    melBins,
    frames,
    compute(samples, known) {
      lay(samples);
      const count = frames(samples.length);
      const out = new Float32Array(count * melBins);
      const fill = (from: number, to: number): void => out.set(kernel.decibels(from, to), from * melBins);
      if (!known) fill(0, count);
      else {
        fill(0, Math.min(known.from, count));
        fill(Math.min(known.to, count), count);
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
function dropNonFinite(samples: Float32Array): void {
  for (let i = 0; i < samples.length; i++) if (!Number.isFinite(samples[i]!)) samples[i] = 0;
}
