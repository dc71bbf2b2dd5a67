/** Computes |X[k]|² for k in [firstBin, lastBin] of a real frame; see {@link createPowerSpectrum}. */
export type PowerSpectrum = (frame: Float64Array, power: Float64Array) => void;

/**
 * Power spectrum of real frames of `size` samples (a power of two, ≥ 16).
 *
 * The frame is folded into `size / 2` complex numbers, transformed by Stockham's self-sorting radix-4 algorithm (no bit
 * reversal; one radix-2 pass where the length asks for it) and unfolded only at the bins that are wanted. All in double
 * precision: in single precision a quiet band next to a loud one drowns in the rounding of the loud one.
 * Nothing is allocated per call; the returned function is not re-entrant.
 */
export function createPowerSpectrum(size: number, firstBin: number, lastBin: number): PowerSpectrum {
  const half = size >> 1;
  const stages = twiddleStages(half);
  let re = new Float64Array(half);
  let im = new Float64Array(half);
  let nextRe = new Float64Array(half);
  let nextIm = new Float64Array(half);
  const cos = new Float64Array(half + 1);
  const sin = new Float64Array(half + 1);
  for (let k = 0; k <= half; k++) {
    cos[k] = Math.cos((2 * Math.PI * k) / size);
    sin[k] = Math.sin((2 * Math.PI * k) / size);
  }

  return (frame, power) => {
    for (let i = 0, j = 0; i < half; i++, j += 2) {
      re[i] = frame[j]!;
      im[i] = frame[j + 1]!;
    }
    let stride = 1;
    for (const twiddles of stages) {
      if (twiddles) radix4(twiddles, stride, half, re, im, nextRe, nextIm);
      else radix2(half, re, im, nextRe, nextIm);
      [re, nextRe] = [nextRe, re];
      [im, nextIm] = [nextIm, im];
      stride *= 4;
    }
    for (let k = firstBin; k <= lastBin; k++) {
      const a = k === half ? 0 : k;
      const b = k === 0 ? 0 : half - k;
      const aRe = re[a]!;
      const aIm = im[a]!;
      const bRe = re[b]!;
      const bIm = im[b]!;
      const evenRe = aRe + bRe;
      const evenIm = aIm - bIm;
      const oddRe = aIm + bIm;
      const oddIm = bRe - aRe;
      const c = cos[k]!;
      const s = sin[k]!;
      const xRe = evenRe + c * oddRe + s * oddIm;
      const xIm = evenIm + c * oddIm - s * oddRe;
      power[k] = 0.25 * (xRe * xRe + xIm * xIm);
    }
  };
}

/** For each pass: e^(-2πi·p/n) for p, 2p, 3p as six numbers per butterfly; null for a final radix-2 pass. */
function twiddleStages(length: number): (Float64Array | null)[] {
  const stages: (Float64Array | null)[] = [];
  let n = length;
  for (; n >= 4; n >>= 2) {
    const quarter = n >> 2;
    const twiddles = new Float64Array(6 * quarter);
    for (let p = 0; p < quarter; p++) {
      for (let m = 1; m <= 3; m++) {
        const angle = (-2 * Math.PI * p * m) / n;
        twiddles[6 * p + 2 * (m - 1)] = Math.cos(angle);
        twiddles[6 * p + 2 * (m - 1) + 1] = Math.sin(angle);
      }
    }
    stages.push(twiddles);
  }
  if (n === 2) stages.push(null);
  return stages;
}

function radix4(
  twiddles: Float64Array,
  stride: number,
  length: number,
  xRe: Float64Array,
  xIm: Float64Array,
  yRe: Float64Array,
  yIm: Float64Array,
): void {
  const quarter = length >> 2;
  const butterflies = quarter / stride;
  for (let p = 0; p < butterflies; p++) {
    const w = 6 * p;
    const w1Re = twiddles[w]!;
    const w1Im = twiddles[w + 1]!;
    const w2Re = twiddles[w + 2]!;
    const w2Im = twiddles[w + 3]!;
    const w3Re = twiddles[w + 4]!;
    const w3Im = twiddles[w + 5]!;
    const end = stride * (p + 1);
    let out = 4 * stride * p;
    for (let i = stride * p; i < end; i++, out++) {
      const i1 = i + quarter;
      const i2 = i1 + quarter;
      const i3 = i2 + quarter;
      const sumRe = xRe[i]! + xRe[i2]!;
      const sumIm = xIm[i]! + xIm[i2]!;
      const difRe = xRe[i]! - xRe[i2]!;
      const difIm = xIm[i]! - xIm[i2]!;
      const oddRe = xRe[i1]! + xRe[i3]!;
      const oddIm = xIm[i1]! + xIm[i3]!;
      // −j·(b − d)
      const turnRe = xIm[i1]! - xIm[i3]!;
      const turnIm = xRe[i3]! - xRe[i1]!;
      yRe[out] = sumRe + oddRe;
      yIm[out] = sumIm + oddIm;
      const y1Re = difRe + turnRe;
      const y1Im = difIm + turnIm;
      const o1 = out + stride;
      yRe[o1] = w1Re * y1Re - w1Im * y1Im;
      yIm[o1] = w1Re * y1Im + w1Im * y1Re;
      const y2Re = sumRe - oddRe;
      const y2Im = sumIm - oddIm;
      const o2 = o1 + stride;
      yRe[o2] = w2Re * y2Re - w2Im * y2Im;
      yIm[o2] = w2Re * y2Im + w2Im * y2Re;
      const y3Re = difRe - turnRe;
      const y3Im = difIm - turnIm;
      const o3 = o2 + stride;
      yRe[o3] = w3Re * y3Re - w3Im * y3Im;
      yIm[o3] = w3Re * y3Im + w3Im * y3Re;
    }
  }
}

function radix2(length: number, xRe: Float64Array, xIm: Float64Array, yRe: Float64Array, yIm: Float64Array): void {
  const half = length >> 1;
  for (let i = 0, j = half; i < half; i++, j++) {
    const aRe = xRe[i]!;
    const aIm = xIm[i]!;
    const bRe = xRe[j]!;
    const bIm = xIm[j]!;
    yRe[i] = aRe + bRe;
    yIm[i] = aIm + bIm;
    yRe[j] = aRe - bRe;
    yIm[j] = aIm - bIm;
  }
}
