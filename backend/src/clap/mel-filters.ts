import type { MelFace } from './manifest.js';

/** Triangular filters over FFT bins, stored without their zeros. */
export interface MelFilters {
  /** First and last FFT bin that any filter reads. */
  firstBin: number;
  lastBin: number;
  /** Per mel band: its first bin, and where its weights begin and end in `weights`. */
  starts: Int32Array;
  offsets: Int32Array;
  weights: Float64Array;
}

const LOG_STEP = Math.log(6.4) / 27;

/** Slaney's scale is linear below 1 kHz and logarithmic above (Auditory Toolbox, librosa's default). */
const slaney = {
  toMel: (hz: number): number => (hz < 1000 ? (3 * hz) / 200 : 15 + Math.log(hz / 1000) / LOG_STEP),
  toHz: (mel: number): number => (mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp(LOG_STEP * (mel - 15))),
};

const htk = {
  toMel: (hz: number): number => 2595 * Math.log10(1 + hz / 700),
  toHz: (mel: number): number => 700 * (10 ** (mel / 2595) - 1),
};

/**
 * The filters of `transformers.audio_utils.mel_filter_bank` (and `librosa.filters.mel`): triangles in hertz whose edges
 * are evenly spaced in mel; with Slaney's norm each has unit area.
 */
export function createMelFilters(mel: MelFace, sampleRateHz: number): MelFilters {
  const scale = mel.melScale === 'slaney' ? slaney : htk;
  const low = scale.toMel(mel.fMinHz);
  const high = scale.toMel(mel.fMaxHz);
  const edges = Float64Array.from({ length: mel.melBins + 2 }, (_, i) =>
    scale.toHz(low + ((high - low) * i) / (mel.melBins + 1)),
  );
  const bins = mel.nFft / 2 + 1;
  const starts = new Int32Array(mel.melBins);
  const offsets = new Int32Array(mel.melBins + 1);
  const weights: number[] = [];
  let firstBin = bins - 1;
  let lastBin = 0;
  for (let band = 0; band < mel.melBins; band++) {
    const left = edges[band]!;
    const centre = edges[band + 1]!;
    const right = edges[band + 2]!;
    const gain = mel.melNorm === 'slaney' ? 2 / (right - left) : 1;
    let start = -1;
    for (let bin = 0; bin < bins; bin++) {
      const hz = (bin * sampleRateHz) / mel.nFft;
      const weight = Math.min((hz - left) / (centre - left), (right - hz) / (right - centre));
      if (weight <= 0) continue;
      if (start < 0) start = bin;
      weights.push(weight * gain);
      firstBin = Math.min(firstBin, bin);
      lastBin = Math.max(lastBin, bin);
    }
    starts[band] = Math.max(start, 0);
    offsets[band + 1] = weights.length;
  }
  return { firstBin, lastBin, starts, offsets, weights: Float64Array.from(weights) };
}
