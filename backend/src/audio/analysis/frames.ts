import { createPowerSpectrum } from '../../clap/fft.js';

/** Cuts a stream into overlapping Hann-windowed frames and hands the power spectrum of each to `onFrame`. */
export interface FrameReader {
  push(samples: Float32Array): void;
  /** Fills the last frames up with silence, so that each sample was in the middle of one. */
  finish(): void;
}

/**
 * @param size of a frame in samples, a power of two
 * @param hop in samples, at most `size`
 * @param onFrame gets |X[k]|², k from 0 to size/2, in an array that is used anew by the next frame
 */
export function createFrameReader(
  { size, hop }: { size: number; hop: number },
  onFrame: (power: Float64Array) => void,
): FrameReader {
  const transform = createPowerSpectrum(windowOf(size), 0, size / 2);
  const power = new Float64Array(size / 2 + 1);
  const buffer = new Float32Array(size);
  // The first frame is centred on the first sample.
  let filled = size / 2;

  const push = (samples: Float32Array): void => {
    for (let from = 0; from < samples.length;) {
      const count = Math.min(size - filled, samples.length - from);
      buffer.set(samples.subarray(from, from + count), filled);
      filled += count;
      from += count;
      if (filled < size) return;
      transform(buffer, 0, power);
      onFrame(power);
      buffer.copyWithin(0, hop);
      filled = size - hop;
    }
  };
  return { push, finish: () => push(new Float32Array(size / 2)) };
}

const windows = new Map<number, Float64Array>();

function windowOf(size: number): Float64Array {
  let window = windows.get(size);
  if (!window) {
    window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
    windows.set(size, window);
  }
  return window;
}
