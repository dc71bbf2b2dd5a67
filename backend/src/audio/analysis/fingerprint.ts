import { FINGERPRINT_BANDS as BANDS, STEPS_PER_DB, type Fingerprint } from '../../domain/copies/copies.types.js';
import { createBands } from './band-energies.js';
import { createFrameReader } from './frames.js';

const FRAME_S = 0.085;
const HOP_S = 0.0213;
/** Above, codecs and lower sample rates leave nothing to compare. */
const RANGE_HZ = [60, 4500] as const;
/** Even; a pass of merging halves it. */
const MAX_FRAMES = 1024;

/**
 * Takes the fingerprint of a sound while it streams by, in constant memory: energies of 24 mel bands every 21 ms. When
 * there are 1024 frames, neighbours merge and get twice as long, so that an hour takes no more room than a minute.
 */
export function createFingerprintReader(rateHz: number) {
  const size = 2 ** Math.round(Math.log2(FRAME_S * rateHz));
  const hop = Math.round(HOP_S * rateHz);
  const bands = createBands(rateHz, size, BANDS, RANGE_HZ);
  const energies = new Float32Array(MAX_FRAMES * BANDS);
  const current = new Float32Array(BANDS);
  const sum = new Float32Array(BANDS);
  let frames = 0;
  let hops = 1;
  let summed = 0;

  const close = (): void => {
    for (let band = 0; band < BANDS; band++) energies[frames * BANDS + band] = sum[band]! / summed;
    sum.fill(0);
    summed = 0;
    frames++;
    if (frames < MAX_FRAMES) return;
    for (let frame = 0; frame < MAX_FRAMES / 2; frame++) {
      for (let band = 0; band < BANDS; band++) {
        const at = 2 * frame * BANDS + band;
        energies[frame * BANDS + band] = (energies[at]! + energies[at + BANDS]!) / 2;
      }
    }
    frames = MAX_FRAMES / 2;
    hops *= 2;
  };
  const reader = createFrameReader({ size, hop }, (power) => {
    bands.measure(power, current, 0);
    for (let band = 0; band < BANDS; band++) sum[band]! += current[band]!;
    if (++summed === hops) close();
  });

  return {
    push: (samples: Float32Array): void => reader.push(samples),
    finish(): Fingerprint {
      reader.finish();
      if (summed > 0) close();
      const levels = new Uint8Array(frames * BANDS);
      let loudest = 0;
      for (let i = 0; i < levels.length; i++) loudest = Math.max(loudest, energies[i]!);
      for (let i = 0; i < levels.length; i++) {
        const db = loudest > 0 ? 10 * Math.log10(energies[i]! / loudest + 1e-13) : -Infinity;
        levels[i] = Math.max(0, Math.round(255 + STEPS_PER_DB * db));
      }
      return { frameS: (hops * hop) / rateHz, levels };
    },
  };
}
