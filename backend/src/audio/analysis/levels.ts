import { GrowingFloats } from '../growing-floats.js';

const HOP_S = 0.0107;
/** Each level is that of so many hops. */
const SPAN = 4;
/** What is this far below the loudest is silence. */
const DYNAMICS_DB = 60;

/** How loud a sound is at each moment. */
export interface Levels {
  /** Below the loudest moment, dB; empty for silence. */
  levels: Float32Array;
  rateHz: number;
}

/** Measures the level of samples, at all frequencies, every 11 ms over 43 ms, while they stream by. */
export function createLevelReader(rateHz: number, limitS: number) {
  const hop = Math.max(1, Math.round(HOP_S * rateHz));
  const limit = Math.ceil((limitS * rateHz) / hop);
  const energies = new GrowingFloats();
  let inHop = 0;
  let energy = 0;

  const close = (): void => {
    energies.push(energy);
    energy = 0;
    inHop = 0;
  };
  return {
    push(samples: Float32Array): void {
      for (let at = 0; at < samples.length && energies.length < limit;) {
        const end = Math.min(samples.length, at + hop - inHop);
        inHop += end - at;
        let sum = energy;
        for (; at < end; at++) {
          const square = samples[at]! ** 2;
          if (square < Infinity) sum += square;
        }
        energy = sum;
        if (inHop === hop) close();
      }
    },
    finish(): Levels {
      if (inHop > 0) close();
      const { values } = energies;
      const sums = new Float32Array(values.length);
      for (let i = 0; i < values.length; i++) {
        for (let j = Math.max(0, i - SPAN + 1); j <= i; j++) sums[i]! += values[j]!;
      }
      const loudest = sums.reduce((most, sum) => Math.max(most, sum), 0);
      return {
        levels:
          loudest > 0 ? sums.map((sum) => Math.max(-DYNAMICS_DB, 10 * Math.log10(sum / loudest))) : sums.slice(0, 0),
        rateHz: rateHz / hop,
      };
    },
  };
}
