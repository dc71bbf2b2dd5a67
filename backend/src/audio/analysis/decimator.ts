import { weigh, type Filter } from '../filter-kernel.js';

/** Analysis happens at the lowest rate from here up that divides the rate of the samples. */
const LOWEST_RATE_HZ = 11_025;
/** Filter taps per unit of decimation: -60 dB at the edge of what would fold back. */
const TAPS_PER_STEP = 12;

export interface Decimator {
  readonly rateHz: number;
  /** Takes samples as they come and returns those of the lower rate that they complete. */
  push(samples: Float32Array): Float32Array;
}

/**
 * Keeps every n-th sample after a low-pass filter (Hann-windowed sinc at 0.45 of the lower rate). Samples that are not
 * finite count as silence.
 */
export function createDecimator(sampleRateHz: number): Decimator {
  const step = Math.max(1, Math.floor(sampleRateHz / LOWEST_RATE_HZ));
  const rateHz = sampleRateHz / step;
  const filter = filterOf(step);
  const history = new Float64Array(filter.taps - 1);
  let phase = 0;
  let buffer = new Float64Array(0);

  return {
    rateHz,
    push(samples) {
      const length = history.length + samples.length;
      if (buffer.length < length) buffer = new Float64Array(length);
      buffer.set(history);
      for (let i = 0; i < samples.length; i++) {
        const sample = samples[i]!;
        buffer[history.length + i] = Number.isFinite(sample) ? sample : 0;
      }
      const count = Math.max(0, Math.ceil((samples.length - phase) / step));
      const from = { frame: phase, phase: 0 };
      const lower = weigh(buffer.subarray(0, length), 1, filter, { from, step, count });
      phase += count * step - samples.length;
      history.set(buffer.subarray(length - history.length, length));
      return lower;
    },
  };
}

/** Those of the rates that there were. */
const filters = new Map<number, Filter>();

function filterOf(step: number): Filter {
  let filter = filters.get(step);
  if (!filter) {
    const taps = lowPass(step);
    // An even number of taps; the first one weighs nothing.
    const weights = taps.length % 2 === 0 ? taps : Float64Array.of(0, ...taps);
    filter = { taps: weights.length, phases: 1, weights };
    filters.set(step, filter);
  }
  return filter;
}

function lowPass(step: number): Float64Array {
  if (step === 1) return Float64Array.of(1);
  const length = TAPS_PER_STEP * step + 1;
  const middle = (length - 1) / 2;
  const cutoff = 0.45 / step;
  const taps = Float64Array.from({ length }, (_, i) => {
    const x = i - middle;
    const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
    return sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / (middle + 1)));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}
