const LOWEST_HZ = 20;
const HIGHEST_HZ = 20_000;
/** Frames and bins this far below the loudest count for nothing: what codecs and converters leave. */
const DYNAMICS_DB = 60;

/**
 * Where the middle of a sound's spectrum lies (the centroid of its magnitudes, loud moments first), from its power spectra.
 * @param size of the FFT
 */
export function createBrightnessReader(rateHz: number, size: number) {
  const hzPerBin = rateHz / size;
  const first = Math.max(1, Math.ceil(LOWEST_HZ / hzPerBin));
  const last = Math.min(size / 2 - 1, Math.floor(HIGHEST_HZ / hzPerBin));
  const floor = 10 ** (-DYNAMICS_DB / 10);
  let loudest = 0;
  let sum = 0;
  let moment = 0;

  const frame = (power: Float64Array): void => {
    let highest = 0;
    for (let bin = first; bin <= last; bin++) if (power[bin]! > highest) highest = power[bin]!;
    if (highest > loudest) loudest = highest;
    const least = loudest * floor;
    if (highest === 0 || highest < least) return;
    // Of this frame alone: a number that outlives the call is written to memory each time.
    let [frameSum, frameMoment] = [0, 0];
    for (let bin = first; bin <= last; bin++) {
      const value = power[bin]!;
      if (value < least) continue;
      const magnitude = Math.sqrt(value);
      frameSum += magnitude;
      frameMoment += magnitude * bin;
    }
    sum += frameSum;
    moment += frameMoment;
  };
  return {
    frame,
    /** Hz; null for silence. */
    finish(): number | null {
      return sum > 0 ? Math.round((moment / sum) * hzPerBin) : null;
    },
  };
}
