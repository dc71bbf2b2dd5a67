import { createSpectrumKernel, type SpectrumKernel } from '../../clap/spectrum-kernel.js';

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
  const spectra = kernelOf(size, hop);
  const [one, other] = [new Float64Array(size / 2 + 1), new Float64Array(size / 2 + 1)];
  const buffer = new Float32Array(size + hop);
  // The first frame is centred on the first sample.
  let filled = size / 2;

  const push = (samples: Float32Array): void => {
    for (let from = 0; from < samples.length;) {
      const count = Math.min(buffer.length - filled, samples.length - from);
      buffer.set(samples.subarray(from, from + count), filled);
      filled += count;
      from += count;
      if (filled < buffer.length) return;
      spectra(buffer, one, other);
      onFrame(one);
      onFrame(other);
      buffer.copyWithin(0, 2 * hop);
      filled = buffer.length - 2 * hop;
    }
  };
  return {
    push,
    finish() {
      push(new Float32Array(size / 2));
      if (filled < size) return;
      // One is left over, without another.
      spectra(buffer, one, other);
      onFrame(one);
    },
  };
}

/** By lengths: there are few of them, and a short sound takes less time than making one. */
const kernels = new Map<string, SpectrumKernel>();

function kernelOf(size: number, hop: number): SpectrumKernel {
  const name = `${size}/${hop}`;
  let kernel = kernels.get(name);
  if (!kernel) {
    const window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
    kernel = createSpectrumKernel(window, hop);
    kernels.set(name, kernel);
  }
  return kernel;
}
