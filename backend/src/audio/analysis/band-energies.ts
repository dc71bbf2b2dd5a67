/** Bands of equal width on the mel scale, as ranges of FFT bins that do not overlap. */
export interface Bands {
  readonly count: number;
  /** Writes the energy of each band to `out` from `at` on. */
  measure(power: Float64Array, out: Float32Array, at: number): void;
}

const toMel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
const toHz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/**
 * @param size of the FFT
 * @param range lowest and highest frequency in Hz; no band is narrower than a bin
 */
export function createBands(rateHz: number, size: number, count: number, range: readonly [number, number]): Bands {
  const [low, high] = [toMel(range[0]), toMel(Math.min(range[1], rateHz / 2))];
  const edges = Array.from({ length: count + 1 }, (_, i) =>
    Math.round((toHz(low + ((high - low) * i) / count) * size) / rateHz),
  );
  for (let i = 1; i <= count; i++) edges[i] = Math.max(edges[i]!, edges[i - 1]! + 1);
  return {
    count,
    measure(power, out, at) {
      for (let band = 0; band < count; band++) {
        let sum = 0;
        for (let bin = edges[band]!; bin < edges[band + 1]!; bin++) sum += power[bin] ?? 0;
        out[at + band] = sum;
      }
    },
  };
}
