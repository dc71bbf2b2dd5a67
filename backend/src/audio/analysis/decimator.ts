/** Analysis happens at the lowest rate from here up that divides the rate of the samples. */
const LOWEST_RATE_HZ = 11_025;
/** Filter taps per unit of decimation: -60 dB at the edge of what would fold back. */
const TAPS_PER_STEP = 12;

export interface Decimator {
  readonly rateHz: number;
  /** Takes samples as they come and returns those of the lower rate that they complete; the array is used anew by the next call. */
  push(samples: Float32Array): Float32Array;
}

/**
 * Keeps every n-th sample after a low-pass filter (Hann-windowed sinc at 0.45 of the lower rate). Samples that are not
 * finite count as silence.
 */
export function createDecimator(sampleRateHz: number): Decimator {
  const step = Math.max(1, Math.floor(sampleRateHz / LOWEST_RATE_HZ));
  const rateHz = sampleRateHz / step;
  const taps = lowPass(step);
  const middle = (taps.length - 1) / 2;
  const history = new Float64Array(taps.length - 1);
  let phase = 0;
  let buffer = new Float64Array(0);
  let out = new Float32Array(0);

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
      const most = Math.ceil(samples.length / step) + 1;
      if (out.length < most) out = new Float32Array(most);
      let count = 0;
      let at = phase;
      for (; at < samples.length; at += step) {
        // The filter is symmetric.
        let sum = taps[middle]! * buffer[at + middle]!;
        for (let tap = 0, left = at, right = at + 2 * middle; tap < middle; tap++, left++, right--) {
          sum += taps[tap]! * (buffer[left]! + buffer[right]!);
        }
        out[count++] = sum;
      }
      phase = at - samples.length;
      history.set(buffer.subarray(length - history.length, length));
      return out.subarray(0, count);
    },
  };
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
