import { createFrameReader } from './frames.js';

const FRAME_S = 0.043;
const LOWEST_HZ = 20;
const HIGHEST_HZ = 20_000;
/** Frames and bins this far below the loudest count for nothing: what codecs and converters leave. */
const DYNAMICS_DB = 60;

/** Where the middle of a sound's spectrum lies (the centroid of its magnitudes, loud moments first), while samples stream by. */
export function createBrightnessReader(rateHz: number) {
  const size = 2 ** Math.round(Math.log2(FRAME_S * rateHz));
  const hzPerBin = rateHz / size;
  const first = Math.max(1, Math.ceil(LOWEST_HZ / hzPerBin));
  const last = Math.min(size / 2 - 1, Math.floor(HIGHEST_HZ / hzPerBin));
  const floor = 10 ** (-DYNAMICS_DB / 10);
  let loudest = 0;
  let sum = 0;
  let moment = 0;

  const reader = createFrameReader({ size, hop: size / 2 }, (power) => {
    let highest = 0;
    for (let bin = first; bin <= last; bin++) if (power[bin]! > highest) highest = power[bin]!;
    if (highest > loudest) loudest = highest;
    const least = loudest * floor;
    if (highest === 0 || highest < least) return;
    for (let bin = first; bin <= last; bin++) {
      if (power[bin]! < least) continue;
      const magnitude = Math.sqrt(power[bin]!);
      sum += magnitude;
      moment += magnitude * bin;
    }
  });
  return {
    push: (samples: Float32Array): void => reader.push(samples),
    /** Hz; null for silence. */
    finish(): number | null {
      reader.finish();
      return sum > 0 ? Math.round((moment / sum) * hzPerBin) : null;
    },
  };
}
