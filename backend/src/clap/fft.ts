/**
 * Writes |X[k]|² of the windowed frame `samples[start … start + size)` to `power[k]`, for k from `firstBin` to `lastBin`.
 * The whole frame must lie inside `samples`. Not re-entrant.
 */
export type PowerSpectrum = (samples: Float32Array, start: number, power: Float64Array) => void;

/**
 * Power spectrum of real frames of `window.length` samples (a power of two, at least 64).
 *
 * The frame is folded into half as many complex numbers, transformed by Stockham's self-sorting algorithm (no bit
 * reversal; passes of radix 4, where the length asks for it a last one of radix 8) and unfolded only at the bins that are
 * wanted. All in double precision: in single precision a quiet band next to a loud one drowns in the rounding of the
 * loud one. Nothing is allocated per call.
 */
export function createPowerSpectrum(window: Float64Array, firstBin: number, lastBin: number): PowerSpectrum {
  const size = window.length;
  const half = size >> 1;
  const { passes, endsInRadix8, cos, sin } = tablesOf(size);
  let re = new Float64Array(half);
  let im = new Float64Array(half);
  let nextRe = new Float64Array(half);
  let nextIm = new Float64Array(half);

  return (samples, start, power) => {
    firstPass(passes[0]!, samples, start, window, re, im);
    for (let pass = 1, stride = 4; pass < passes.length; pass++, stride *= 4) {
      radix4(passes[pass]!, stride, re, im, nextRe, nextIm);
      [re, nextRe] = [nextRe, re];
      [im, nextIm] = [nextIm, im];
    }
    if (endsInRadix8) {
      radix8(re, im, nextRe, nextIm);
      [re, nextRe] = [nextRe, re];
      [im, nextIm] = [nextIm, im];
    }
    unfold(re, im, cos, sin, firstBin, lastBin, power);
  };
}

interface Tables {
  passes: Float64Array[];
  endsInRadix8: boolean;
  cos: Float64Array;
  sin: Float64Array;
}

/** By the length of a frame: there are few of them, and a short sound takes less time than making them. */
const tables = new Map<number, Tables>();

function tablesOf(size: number): Tables {
  let known = tables.get(size);
  if (!known) {
    const length = (size >> 1) + 1;
    const turn = (of: (angle: number) => number): Float64Array =>
      Float64Array.from({ length }, (_, k) => of((2 * Math.PI * k) / size));
    known = { ...planPasses(size >> 1), cos: turn(Math.cos), sin: turn(Math.sin) };
    tables.set(size, known);
  }
  return known;
}

/** Per radix-4 pass: e^(−2πi·p/n), ·2p and ·3p, six numbers per p. */
function planPasses(length: number): { passes: Float64Array[]; endsInRadix8: boolean } {
  const endsInRadix8 = Math.log2(length) % 2 === 1;
  const passes: Float64Array[] = [];
  for (let n = length; n >= (endsInRadix8 ? 16 : 4); n >>= 2) {
    const twiddles = new Float64Array((6 * n) >> 2);
    for (let p = 0; p < n >> 2; p++) {
      for (let m = 1; m <= 3; m++) {
        const angle = (-2 * Math.PI * p * m) / n;
        twiddles[6 * p + 2 * m - 2] = Math.cos(angle);
        twiddles[6 * p + 2 * m - 1] = Math.sin(angle);
      }
    }
    passes.push(twiddles);
  }
  return { passes, endsInRadix8 };
}

/** The first radix-4 pass, which also applies the window and takes even samples as real, odd ones as imaginary parts. */
function firstPass(
  twiddles: Float64Array,
  samples: Float32Array,
  start: number,
  window: Float64Array,
  yRe: Float64Array,
  yIm: Float64Array,
): void {
  const quarter = window.length >> 2;
  for (let i = 0, w = 0, out = 0; i < quarter; i += 2, w += 6, out += 4) {
    const i1 = i + quarter;
    const i2 = i1 + quarter;
    const i3 = i2 + quarter;
    const aRe = samples[start + i]! * window[i]!;
    const aIm = samples[start + i + 1]! * window[i + 1]!;
    const bRe = samples[start + i1]! * window[i1]!;
    const bIm = samples[start + i1 + 1]! * window[i1 + 1]!;
    const cRe = samples[start + i2]! * window[i2]!;
    const cIm = samples[start + i2 + 1]! * window[i2 + 1]!;
    const dRe = samples[start + i3]! * window[i3]!;
    const dIm = samples[start + i3 + 1]! * window[i3 + 1]!;
    const sumRe = aRe + cRe;
    const sumIm = aIm + cIm;
    const difRe = aRe - cRe;
    const difIm = aIm - cIm;
    const oddRe = bRe + dRe;
    const oddIm = bIm + dIm;
    // −j·(b − d)
    const turnRe = bIm - dIm;
    const turnIm = dRe - bRe;
    yRe[out] = sumRe + oddRe;
    yIm[out] = sumIm + oddIm;
    const y1Re = difRe + turnRe;
    const y1Im = difIm + turnIm;
    const y2Re = sumRe - oddRe;
    const y2Im = sumIm - oddIm;
    const y3Re = difRe - turnRe;
    const y3Im = difIm - turnIm;
    const w1Re = twiddles[w]!;
    const w1Im = twiddles[w + 1]!;
    const w2Re = twiddles[w + 2]!;
    const w2Im = twiddles[w + 3]!;
    const w3Re = twiddles[w + 4]!;
    const w3Im = twiddles[w + 5]!;
    yRe[out + 1] = w1Re * y1Re - w1Im * y1Im;
    yIm[out + 1] = w1Re * y1Im + w1Im * y1Re;
    yRe[out + 2] = w2Re * y2Re - w2Im * y2Im;
    yIm[out + 2] = w2Re * y2Im + w2Im * y2Re;
    yRe[out + 3] = w3Re * y3Re - w3Im * y3Im;
    yIm[out + 3] = w3Re * y3Im + w3Im * y3Re;
  }
}

function radix4(
  twiddles: Float64Array,
  stride: number,
  xRe: Float64Array,
  xIm: Float64Array,
  yRe: Float64Array,
  yIm: Float64Array,
): void {
  const quarter = xRe.length >> 2;
  for (let w = 0, i = 0, out = 0; i < quarter; w += 6, out += 3 * stride) {
    const w1Re = twiddles[w]!;
    const w1Im = twiddles[w + 1]!;
    const w2Re = twiddles[w + 2]!;
    const w2Im = twiddles[w + 3]!;
    const w3Re = twiddles[w + 4]!;
    const w3Im = twiddles[w + 5]!;
    for (const end = i + stride; i < end; i++, out++) {
      const i1 = i + quarter;
      const i2 = i1 + quarter;
      const i3 = i2 + quarter;
      const aRe = xRe[i]!;
      const aIm = xIm[i]!;
      const bRe = xRe[i1]!;
      const bIm = xIm[i1]!;
      const cRe = xRe[i2]!;
      const cIm = xIm[i2]!;
      const dRe = xRe[i3]!;
      const dIm = xIm[i3]!;
      const sumRe = aRe + cRe;
      const sumIm = aIm + cIm;
      const difRe = aRe - cRe;
      const difIm = aIm - cIm;
      const oddRe = bRe + dRe;
      const oddIm = bIm + dIm;
      const turnRe = bIm - dIm;
      const turnIm = dRe - bRe;
      yRe[out] = sumRe + oddRe;
      yIm[out] = sumIm + oddIm;
      const y1Re = difRe + turnRe;
      const y1Im = difIm + turnIm;
      const y2Re = sumRe - oddRe;
      const y2Im = sumIm - oddIm;
      const y3Re = difRe - turnRe;
      const y3Im = difIm - turnIm;
      const o1 = out + stride;
      const o2 = o1 + stride;
      const o3 = o2 + stride;
      yRe[o1] = w1Re * y1Re - w1Im * y1Im;
      yIm[o1] = w1Re * y1Im + w1Im * y1Re;
      yRe[o2] = w2Re * y2Re - w2Im * y2Im;
      yIm[o2] = w2Re * y2Im + w2Im * y2Re;
      yRe[o3] = w3Re * y3Re - w3Im * y3Im;
      yIm[o3] = w3Re * y3Im + w3Im * y3Re;
    }
  }
}

/** A last pass over eight interleaved parts; its only twiddles are the eighth roots of one. */
function radix8(xRe: Float64Array, xIm: Float64Array, yRe: Float64Array, yIm: Float64Array): void {
  const s = xRe.length >> 3;
  const r = Math.SQRT1_2;
  for (let i = 0; i < s; i++) {
    const i1 = i + s;
    const i2 = i1 + s;
    const i3 = i2 + s;
    const i4 = i3 + s;
    const i5 = i4 + s;
    const i6 = i5 + s;
    const i7 = i6 + s;

    const sum04Re = xRe[i]! + xRe[i4]!;
    const sum04Im = xIm[i]! + xIm[i4]!;
    const dif04Re = xRe[i]! - xRe[i4]!;
    const dif04Im = xIm[i]! - xIm[i4]!;
    const sum26Re = xRe[i2]! + xRe[i6]!;
    const sum26Im = xIm[i2]! + xIm[i6]!;
    const dif26Re = xRe[i2]! - xRe[i6]!;
    const dif26Im = xIm[i2]! - xIm[i6]!;
    const even0Re = sum04Re + sum26Re;
    const even0Im = sum04Im + sum26Im;
    const even2Re = sum04Re - sum26Re;
    const even2Im = sum04Im - sum26Im;
    const even1Re = dif04Re + dif26Im;
    const even1Im = dif04Im - dif26Re;
    const even3Re = dif04Re - dif26Im;
    const even3Im = dif04Im + dif26Re;

    const sum15Re = xRe[i1]! + xRe[i5]!;
    const sum15Im = xIm[i1]! + xIm[i5]!;
    const dif15Re = xRe[i1]! - xRe[i5]!;
    const dif15Im = xIm[i1]! - xIm[i5]!;
    const sum37Re = xRe[i3]! + xRe[i7]!;
    const sum37Im = xIm[i3]! + xIm[i7]!;
    const dif37Re = xRe[i3]! - xRe[i7]!;
    const dif37Im = xIm[i3]! - xIm[i7]!;
    const odd0Re = sum15Re + sum37Re;
    const odd0Im = sum15Im + sum37Im;
    const odd2Re = sum15Im - sum37Im;
    const odd2Im = sum37Re - sum15Re;
    const part1Re = dif15Re + dif37Im;
    const part1Im = dif15Im - dif37Re;
    const part3Re = dif15Re - dif37Im;
    const part3Im = dif15Im + dif37Re;
    const odd1Re = r * (part1Re + part1Im);
    const odd1Im = r * (part1Im - part1Re);
    const odd3Re = r * (part3Im - part3Re);
    const odd3Im = -r * (part3Re + part3Im);

    yRe[i] = even0Re + odd0Re;
    yIm[i] = even0Im + odd0Im;
    yRe[i1] = even1Re + odd1Re;
    yIm[i1] = even1Im + odd1Im;
    yRe[i2] = even2Re + odd2Re;
    yIm[i2] = even2Im + odd2Im;
    yRe[i3] = even3Re + odd3Re;
    yIm[i3] = even3Im + odd3Im;
    yRe[i4] = even0Re - odd0Re;
    yIm[i4] = even0Im - odd0Im;
    yRe[i5] = even1Re - odd1Re;
    yIm[i5] = even1Im - odd1Im;
    yRe[i6] = even2Re - odd2Re;
    yIm[i6] = even2Im - odd2Im;
    yRe[i7] = even3Re - odd3Re;
    yIm[i7] = even3Im - odd3Im;
  }
}

/** From the transform of the folded frame to the power of the frame itself. */
function unfold(
  re: Float64Array,
  im: Float64Array,
  cos: Float64Array,
  sin: Float64Array,
  firstBin: number,
  lastBin: number,
  power: Float64Array,
): void {
  const half = re.length;
  for (let k = firstBin; k <= lastBin; k++) {
    const a = k === half ? 0 : k;
    const b = k === 0 ? 0 : half - k;
    const evenRe = re[a]! + re[b]!;
    const evenIm = im[a]! - im[b]!;
    const oddRe = im[a]! + im[b]!;
    const oddIm = re[b]! - re[a]!;
    const xRe = evenRe + cos[k]! * oddRe + sin[k]! * oddIm;
    const xIm = evenIm + cos[k]! * oddIm - sin[k]! * oddRe;
    power[k] = 0.25 * (xRe * xRe + xIm * xIm);
  }
}
