import type { MelFace } from './manifest.js';
import type { MelFilters } from './mel-filters.js';
import {
  aligned,
  createScratch,
  DOUBLE,
  fillSpectrumTables,
  FLOAT,
  layOutSpectrum,
  placeFrom,
  spectrumCode,
  VECTOR,
  type Scratch,
  type SpectrumFace,
  type SpectrumLayout,
} from './spectrum-kernel.js';
import {
  allTrue,
  compile,
  createMemory,
  f32x4,
  f64x2,
  get,
  i32,
  i64x2,
  increase,
  Locals,
  PAGE_BYTES,
  set,
  untilReached,
  type Code,
  type WasmFunction,
} from './wasm.js';

/** Log-mels of two frames at a time, one in either half of the processor's vectors: their spectra, filtered and turned to decibels. */
export interface MelKernel {
  /** Where frames can be laid, for so many samples: the first frame begins at the first of them. */
  samples(length: number): Float32Array<ArrayBuffer>;
  /** Whether all samples that were laid there, and are not beyond so many, are numbers. */
  areNumbers(length: number): boolean;
  /** Decibels of frames `from` … `to` − 1, `[frames, melBins]`; good until the next call. */
  decibels(from: number, to: number): Float32Array;
}

interface Exports {
  frames: (at: number, out: number, end: number) => void;
  numbers: (at: number, end: number) => number;
}

/** Addresses. */
interface Layout extends SpectrumLayout {
  weights: number;
  samples: number;
}

export function createMelKernel(mel: MelFace, window: Float64Array, filters: MelFilters): MelKernel {
  const { firstBin, lastBin, weights } = filters;
  const face: SpectrumFace = { size: mel.nFft, hop: mel.hopLength, power: mel.power, firstBin, lastBin };
  const place = placeFrom(0);
  const layout: Layout = {
    ...layOutSpectrum(face, place),
    weights: place(weights.length * DOUBLE),
    samples: place(0),
  };
  const memory = createMemory(layout.samples);
  fillSpectrumTables(memory.buffer, layout, window);
  new Float64Array(memory.buffer, layout.weights, weights.length).set(weights);
  const { frames, numbers } = compile<Exports>(memory, [framesFunction(mel, face, layout, filters), numbersFunction()]);
  const rowBytes = mel.melBins * FLOAT;
  let out = layout.samples;

  return {
    samples(length) {
      // The last frame may have one beside it that is not wanted, and vectors of four samples are read.
      out = layout.samples + aligned((length + mel.hopLength) * FLOAT);
      const rows = 2 + Math.max(0, Math.floor((length - mel.nFft) / mel.hopLength) + 1);
      const missing = out + rows * rowBytes - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
      return new Float32Array(memory.buffer, layout.samples, length);
    },
    areNumbers: (length) => numbers(layout.samples, layout.samples + length * FLOAT) === 1,
    decibels(from, to) {
      const end = out + (to - from) * rowBytes;
      if (to > from) frames(layout.samples + from * mel.hopLength * FLOAT, out, end);
      return new Float32Array(memory.buffer, out, (to - from) * mel.melBins);
    },
  };
}

/** `frames(at, out, end)`: from the samples at `at`, rows of decibels from `out` until `end` is reached, two at a time. */
function framesFunction(mel: MelFace, face: SpectrumFace, layout: Layout, filters: MelFilters): WasmFunction {
  const locals = new Locals(3, 4);
  const [at, out, end] = [0, 1, 2];
  const scratch = createScratch(locals);
  const { code, free } = spectrumCode(face, at, layout, scratch);
  const body = untilReached(
    out,
    get(end),
    code,
    energies(mel, free, layout, filters, scratch),
    toDecibels(mel, free, out, scratch),
    increase(at, 2 * mel.hopLength * FLOAT),
    increase(out, 2 * mel.melBins * FLOAT),
  );
  return { name: 'frames', parameters: 3, locals, body };
}

const { add, sub, mul } = f64x2;

/** What each band's filter lets through, one after the other from `to` on. */
function energies(mel: MelFace, to: number, layout: Layout, filters: MelFilters, scratch: Scratch): Code {
  const { starts, offsets } = filters;
  const { read, write, table, limit, sums } = scratch;
  const code: Code[] = [set(write, i32(to)), set(table, i32(layout.weights))];
  for (let band = 0; band < mel.melBins; band++) {
    const count = offsets[band + 1]! - offsets[band]!;
    code.push(set(sums[0]!, f64x2.twice(0)));
    if (count > 0) {
      code.push(
        set(read, i32(layout.power + starts[band]! * VECTOR)),
        set(limit, i32(layout.power + (starts[band]! + count) * VECTOR)),
        untilReached(
          read,
          get(limit),
          set(sums[0]!, add(get(sums[0]!), mul(f64x2.load(get(read)), f64x2.loadTwice(get(table))))),
          increase(read, VECTOR),
          increase(table, DOUBLE),
        ),
      );
    }
    code.push(f64x2.store(get(write), get(sums[0]!), band * VECTOR));
  }
  return code.flat();
}

/** Both frames' rows, from `out` on. */
function toDecibels(mel: MelFace, from: number, out: number, { read, write, sums }: Scratch): Code {
  const factor = (mel.power === 2 ? 10 : 20) / Math.LN10;
  const [energy, exponent, t, square] = sums.slice(0, 4) as [number, number, number, number];
  // ln(m) of a number from 1 to 2 is 2·(t + t³/3 + t⁵/5 + …), t = (m − 1) / (m + 1) at most 1/3: exact to 1e-9 by these.
  const series = [17, 15, 13, 11, 9, 7, 5, 3, 1].reduce<Code>(
    (rest, odd) => add(f64x2.twice(2 / odd), mul(get(square), rest)),
    f64x2.twice(0),
  );
  const one = f64x2.twice(1);
  return [
    ...set(read, i32(from)),
    ...set(write, get(out)),
    ...untilReached(
      read,
      i32(from + mel.melBins * VECTOR),
      set(energy, f64x2.max(f64x2.load(get(read)), f64x2.twice(mel.logFloor))),
      // The exponent's bits behind those of 2⁵² make a number that is so much more.
      set(
        exponent,
        sub(i64x2.or(i64x2.shiftRight(get(energy), 52), f64x2.twice(2 ** 52)), f64x2.twice(2 ** 52 + 1023)),
      ),
      set(t, i64x2.or(i64x2.and(get(energy), i64x2.twice(2n ** 52n - 1n)), one)),
      set(t, f64x2.div(sub(get(t), one), add(get(t), one))),
      set(square, mul(get(t), get(t))),
      set(t, mul(get(t), series)),
      set(t, mul(f64x2.twice(factor), add(get(t), mul(get(exponent), f64x2.twice(Math.LN2))))),
      f64x2.storeFirst(get(write), get(t)),
      f64x2.storeSecond(get(write), get(t), mel.melBins * FLOAT),
      increase(read, VECTOR),
      increase(write, FLOAT),
    ),
  ];
}

/** `numbers(at, end)`: whether all samples from `at` to `end` are. What is not leaves something when taken from itself. */
function numbersFunction(): WasmFunction {
  const locals = new Locals(2, 0);
  const [at, end] = [0, 1];
  const [left, four] = [locals.vector(), locals.vector()];
  const body = [
    ...set(left, f32x4.zeros()),
    ...untilReached(
      at,
      get(end),
      set(four, f32x4.load(get(at))),
      set(left, f32x4.add(get(left), f32x4.sub(get(four), get(four)))),
      increase(at, VECTOR),
    ),
    ...allTrue(f32x4.equal(get(left), get(left))),
  ];
  return { name: 'numbers', parameters: 2, returns: true, locals, body };
}
