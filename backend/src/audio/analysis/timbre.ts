import { LAYOUT, TIMBRE_MEANS } from '../../domain/analysis/aspects.types.js';
import { GrowingFloats } from '../growing-floats.js';
import { createBands } from './band-energies.js';

const BANDS = 40;
const RANGE_HZ = [40, 16_000] as const;
/** What is this far below the loudest frame says nothing of the sound: tails, noise between hits. */
const DYNAMICS_DB = 40;
/** In a frame, bands this far below the loudest are silence: where one begins that differs by codec and filter. */
const FLOOR_DB = 70;
const COEFFICIENTS = TIMBRE_MEANS + 1;

const dct = Array.from({ length: COEFFICIENTS }, (_, c) =>
  Float64Array.from(
    { length: BANDS },
    (_, band) => Math.sqrt((c === 0 ? 1 : 2) / BANDS) * Math.cos((Math.PI * c * (band + 0.5)) / BANDS),
  ),
);

/**
 * Collects mel-frequency cepstral coefficients (Davis and Mermelstein, 1980: the cosine transform of the levels of mel bands in
 * dB) of power spectra, and tells their means and deviations. How loud the sound is does not matter.
 * @param size of the FFT
 */
export function createTimbreReader(rateHz: number, size: number) {
  const bands = createBands(rateHz, size, BANDS, RANGE_HZ);
  const energies = new Float32Array(BANDS);
  const levels = new Float64Array(BANDS);
  /** Of each frame its energy in dB, then its coefficients. */
  const frames = new GrowingFloats();

  return {
    frame(power: Float64Array): void {
      bands.measure(power, energies, 0);
      let loudest = 0;
      let sum = 0;
      for (const energy of energies) {
        sum += energy;
        if (energy > loudest) loudest = energy;
      }
      if (loudest === 0) return;
      const least = loudest * 10 ** (-FLOOR_DB / 10);
      for (let band = 0; band < BANDS; band++) levels[band] = 10 * Math.log10(Math.max(energies[band]!, least));
      frames.push(10 * Math.log10(sum));
      for (const row of dct) {
        let value = 0;
        for (let band = 0; band < BANDS; band++) value += row[band]! * levels[band]!;
        frames.push(value);
      }
    },
    /** Null for silence. */
    finish(): Float32Array | null {
      const { values } = frames;
      const step = COEFFICIENTS + 1;
      let loudest = -Infinity;
      for (let at = 0; at < values.length; at += step) loudest = Math.max(loudest, values[at]!);
      const sums = new Float64Array(COEFFICIENTS);
      const squares = new Float64Array(COEFFICIENTS);
      let count = 0;
      for (let at = 0; at < values.length; at += step) {
        if (values[at]! < loudest - DYNAMICS_DB) continue;
        count++;
        for (let c = 0; c < COEFFICIENTS; c++) {
          const value = values[at + 1 + c]!;
          sums[c]! += value;
          squares[c]! += value * value;
        }
      }
      if (count === 0) return null;
      const timbre = new Float32Array(LAYOUT.timbre.size);
      for (let c = 0; c < COEFFICIENTS; c++) {
        const mean = sums[c]! / count;
        if (c > 0) timbre[c - 1] = mean;
        timbre[TIMBRE_MEANS + c] = Math.sqrt(Math.max(0, squares[c]! / count - mean * mean));
      }
      return timbre;
    },
  };
}
