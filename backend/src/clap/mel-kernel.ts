import type { MelFace } from './manifest.js';
import type { MelFilters } from './mel-filters.js';
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

const VECTOR = 16;
/** A complex number of each of two frames: their real parts, their imaginary parts. */
const COMPLEX = 2 * VECTOR;
const DOUBLE = 8;
const FLOAT = 4;

/**
 * Log-mels of two frames at a time, one in either half of the processor's vectors: folded into half as many complex numbers,
 * transformed by Stockham's self-sorting algorithm (no bit reversal; passes of radix 4, where the length asks for it a last
 * one of radix 2), unfolded at the bins that a filter reads, filtered and turned to decibels. All in double precision: in
 * single precision a quiet band next to a loud one drowns in the rounding of the loud one.
 */
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
interface Layout {
  window: number;
  twiddles: number[];
  unfolding: number;
  weights: number;
  /** Passes read and write in turns. */
  work: readonly [number, number];
  power: number;
  samples: number;
}

export function createMelKernel(mel: MelFace, window: Float64Array, filters: MelFilters): MelKernel {
  const half = mel.nFft >> 1;
  const lengths = passLengths(half);
  const layout = layOut(half, lengths, filters);
  const memory = createMemory(layout.samples);
  fillTables(memory.buffer, layout, { window, lengths, half, weights: filters.weights });
  const { frames, numbers } = compile<Exports>(memory, [
    framesFunction(mel, lengths, layout, filters),
    numbersFunction(),
  ]);
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

const ADD: Code = [0x6a];
const MULTIPLY: Code = [0x6c];

const aligned = (bytes: number): number => Math.ceil(bytes / VECTOR) * VECTOR;

/** How long the transforms are that each pass of radix 4 takes apart. */
function passLengths(half: number): number[] {
  const lengths: number[] = [];
  for (let n = half; n >= 4; n >>= 2) lengths.push(n);
  return lengths;
}

function layOut(half: number, lengths: readonly number[], { weights, lastBin }: MelFilters): Layout {
  let end = 0;
  const place = (bytes: number): number => {
    const at = end;
    end += aligned(bytes);
    return at;
  };
  return {
    window: place(2 * half * DOUBLE),
    twiddles: lengths.map((n) => place(6 * (n >> 2) * DOUBLE)),
    unfolding: place(2 * (half + 1) * DOUBLE),
    weights: place(weights.length * DOUBLE),
    work: [place((half + 1) * COMPLEX), place((half + 1) * COMPLEX)],
    power: place((lastBin + 1) * VECTOR),
    samples: place(0),
  };
}

function fillTables(
  buffer: ArrayBuffer,
  layout: Layout,
  {
    window,
    lengths,
    half,
    weights,
  }: { window: Float64Array; lengths: readonly number[]; half: number; weights: Float64Array },
): void {
  const table = (at: number, numbers: ArrayLike<number>): void =>
    new Float64Array(buffer, at, numbers.length).set(numbers);
  const turn = (part: number): number[] => [Math.cos(2 * Math.PI * part), Math.sin(2 * Math.PI * part)];
  table(layout.window, window);
  table(layout.weights, weights);
  lengths.forEach((n, pass) =>
    table(
      layout.twiddles[pass]!,
      Array.from({ length: n >> 2 }, (_, p) => [1, 2, 3].map((m) => turn((-p * m) / n))).flat(2),
    ),
  );
  table(layout.unfolding, Array.from({ length: half + 1 }, (_, k) => turn(k / (2 * half))).flat());
}

/** `frames(at, out, end)`: from the samples at `at`, rows of decibels from `out` until `end` is reached, two at a time. */
function framesFunction(mel: MelFace, lengths: readonly number[], layout: Layout, filters: MelFilters): WasmFunction {
  const locals = new Locals(3, 4);
  const [at, out, end] = [0, 1, 2];
  const half = mel.nFft >> 1;
  const vectors = (count: number): number[] => Array.from({ length: count }, () => locals.vector());
  const scratch: Scratch = {
    read: locals.integer(),
    write: locals.integer(),
    table: locals.integer(),
    limit: locals.integer(),
    parts: vectors(8),
    sums: vectors(8),
    turned: vectors(2),
    twiddles: vectors(6),
  };
  const passes = [firstPass(mel, at, layout, scratch)];
  let [from, to] = layout.work;
  const pass = (code: (from: number, to: number) => Code): void => {
    passes.push(code(from, to));
    [from, to] = [to, from];
  };
  lengths.slice(1).forEach((n, i) => pass((a, b) => radix4(n, half, a, b, layout.twiddles[i + 1]!, scratch)));
  if (lengths.at(-1) === 8) pass((a, b) => radix2(half, a, b, scratch));
  const body = untilReached(
    out,
    get(end),
    passes.flat(),
    unfold(mel, from, layout, filters, scratch),
    energies(mel, to, layout, filters, scratch),
    toDecibels(mel, to, out, scratch),
    increase(at, 2 * mel.hopLength * FLOAT),
    increase(out, 2 * mel.melBins * FLOAT),
  );
  return { name: 'frames', parameters: 3, locals, body };
}

/** Variables: four addresses, and vectors. */
interface Scratch {
  read: number;
  write: number;
  table: number;
  limit: number;
  /** Four complex numbers. */
  parts: number[];
  sums: number[];
  turned: number[];
  /** Three complex numbers. */
  twiddles: number[];
}

const { add, sub, mul } = f64x2;

const loadTwiddles = ({ twiddles, table }: Scratch): Code =>
  twiddles.flatMap((local, i) => set(local, f64x2.loadTwice(get(table), i * DOUBLE)));

/** The four complex numbers in `parts` → four results from `write` on, so many bytes apart. */
function butterfly({ parts, sums, turned, twiddles, write }: Scratch, apart: number): Code {
  const part = (i: number): Code => get(parts[i]!);
  const sum = (i: number): Code => get(sums[i]!);
  const put = (place: number, re: Code, im: Code): Code => [
    ...f64x2.store(get(write), re, place * apart),
    ...f64x2.store(get(write), im, place * apart + VECTOR),
  ];
  const [yRe, yIm] = turned as [number, number];
  const turn = (place: 1 | 2 | 3, re: Code, im: Code): Code => {
    const [wRe, wIm] = [get(twiddles[2 * place - 2]!), get(twiddles[2 * place - 1]!)];
    const newRe = sub(mul(wRe, get(yRe)), mul(wIm, get(yIm)));
    const newIm = add(mul(wRe, get(yIm)), mul(wIm, get(yRe)));
    return [...set(yRe, re), ...set(yIm, im), ...put(place, newRe, newIm)];
  };
  return [
    // a + c, a − c, b + d, −j·(b − d)
    ...set(sums[0]!, add(part(0), part(4))),
    ...set(sums[1]!, add(part(1), part(5))),
    ...set(sums[2]!, sub(part(0), part(4))),
    ...set(sums[3]!, sub(part(1), part(5))),
    ...set(sums[4]!, add(part(2), part(6))),
    ...set(sums[5]!, add(part(3), part(7))),
    ...set(sums[6]!, sub(part(3), part(7))),
    ...set(sums[7]!, sub(part(6), part(2))),
    ...put(0, add(sum(0), sum(4)), add(sum(1), sum(5))),
    ...turn(1, add(sum(2), sum(6)), add(sum(3), sum(7))),
    ...turn(2, sub(sum(0), sum(4)), sub(sum(1), sum(5))),
    ...turn(3, sub(sum(2), sum(6)), sub(sum(3), sum(7))),
  ];
}

/** The first pass of radix 4, which also applies the window and takes even samples as real, odd ones as imaginary parts. */
function firstPass(mel: MelFace, at: number, layout: Layout, scratch: Scratch): Code {
  const { read, write, table, parts, sums } = scratch;
  const quarter = mel.nFft >> 2;
  const [one, other] = [sums[0]!, sums[1]!];
  // `read` counts bytes of samples; the window's numbers are as many times as long.
  const sample = [...get(at), ...get(read), ...ADD];
  const weight = (i: number): Code =>
    f64x2.loadTwice([...get(read), ...i32(DOUBLE / FLOAT), ...MULTIPLY], layout.window + i * DOUBLE);
  const load = [0, 1, 2, 3].flatMap((part) => [
    ...set(one, f64x2.loadWidened(sample, part * quarter * FLOAT)),
    ...set(other, f64x2.loadWidened(sample, (part * quarter + mel.hopLength) * FLOAT)),
    ...set(parts[2 * part]!, mul(f64x2.firsts(get(one), get(other)), weight(part * quarter))),
    ...set(parts[2 * part + 1]!, mul(f64x2.seconds(get(one), get(other)), weight(part * quarter + 1))),
  ]);
  return [
    ...set(read, i32(0)),
    ...set(write, i32(layout.work[0])),
    ...set(table, i32(layout.twiddles[0]!)),
    ...untilReached(
      read,
      i32(quarter * FLOAT),
      loadTwiddles(scratch),
      load,
      butterfly(scratch, COMPLEX),
      increase(read, 2 * FLOAT),
      increase(write, 4 * COMPLEX),
      increase(table, 6 * DOUBLE),
    ),
  ];
}

/** A further pass, over transforms of length `n`. */
function radix4(n: number, half: number, from: number, to: number, twiddles: number, scratch: Scratch): Code {
  const { read, write, table, limit, parts } = scratch;
  const stride = (half / n) * COMPLEX;
  const quarter = (half >> 2) * COMPLEX;
  const load = parts.flatMap((local, i) => set(local, f64x2.load(get(read), (i >> 1) * quarter + (i & 1) * VECTOR)));
  return [
    ...set(read, i32(from)),
    ...set(write, i32(to)),
    ...set(table, i32(twiddles)),
    ...untilReached(
      table,
      i32(twiddles + 6 * (n >> 2) * DOUBLE),
      loadTwiddles(scratch),
      set(limit, [...get(read), ...i32(stride), ...ADD]),
      untilReached(
        read,
        get(limit),
        load,
        butterfly(scratch, stride),
        increase(read, COMPLEX),
        increase(write, COMPLEX),
      ),
      increase(write, 3 * stride),
      increase(table, 6 * DOUBLE),
    ),
  ];
}

/** A last pass, of sums and differences. */
function radix2(half: number, from: number, to: number, { read, write, parts }: Scratch): Code {
  const apart = (half >> 1) * COMPLEX;
  const [a, b] = [parts[0]!, parts[1]!];
  return [
    ...set(read, i32(from)),
    ...set(write, i32(to)),
    // Real and imaginary parts are treated alike.
    ...untilReached(
      read,
      i32(from + apart),
      set(a, f64x2.load(get(read))),
      set(b, f64x2.load(get(read), apart)),
      f64x2.store(get(write), add(get(a), get(b))),
      f64x2.store(get(write), sub(get(a), get(b)), apart),
      increase(read, VECTOR),
      increase(write, VECTOR),
    ),
  ];
}

/** From the transform of the folded frame to the power (or amplitude) of the frame itself, at the bins that are wanted. */
function unfold(mel: MelFace, from: number, layout: Layout, filters: MelFilters, scratch: Scratch): Code {
  const { read, write, table, limit: mirrored, parts, sums, turned, twiddles } = scratch;
  const half = mel.nFft >> 1;
  const [aRe, aIm, bRe, bIm] = parts.slice(0, 4).map(get) as [Code, Code, Code, Code];
  const [evenRe, evenIm, oddRe, oddIm] = sums.slice(0, 4).map(get) as [Code, Code, Code, Code];
  const [cos, sin] = twiddles.slice(0, 2).map(get) as [Code, Code];
  const [xRe, xIm] = turned.map(get) as [Code, Code];
  const power = mul(f64x2.twice(0.25), add(mul(xRe, xRe), mul(xIm, xIm)));
  return [
    // The transform goes round: what stands behind its last is its first.
    ...set(read, i32(from)),
    ...f64x2.store(get(read), f64x2.load(get(read)), half * COMPLEX),
    ...f64x2.store(get(read), f64x2.load(get(read), VECTOR), half * COMPLEX + VECTOR),
    ...set(read, i32(from + filters.firstBin * COMPLEX)),
    ...set(mirrored, i32(from + (half - filters.firstBin) * COMPLEX)),
    ...set(table, i32(layout.unfolding + 2 * filters.firstBin * DOUBLE)),
    ...set(write, i32(layout.power + filters.firstBin * VECTOR)),
    ...untilReached(
      write,
      i32(layout.power + (filters.lastBin + 1) * VECTOR),
      set(parts[0]!, f64x2.load(get(read))),
      set(parts[1]!, f64x2.load(get(read), VECTOR)),
      set(parts[2]!, f64x2.load(get(mirrored))),
      set(parts[3]!, f64x2.load(get(mirrored), VECTOR)),
      set(sums[0]!, add(aRe, bRe)),
      set(sums[1]!, sub(aIm, bIm)),
      set(sums[2]!, add(aIm, bIm)),
      set(sums[3]!, sub(bRe, aRe)),
      set(twiddles[0]!, f64x2.loadTwice(get(table))),
      set(twiddles[1]!, f64x2.loadTwice(get(table), DOUBLE)),
      set(turned[0]!, add(evenRe, add(mul(cos, oddRe), mul(sin, oddIm)))),
      set(turned[1]!, add(evenIm, sub(mul(cos, oddIm), mul(sin, oddRe)))),
      f64x2.store(get(write), mel.power === 2 ? power : f64x2.sqrt(power)),
      increase(read, COMPLEX),
      increase(mirrored, -COMPLEX),
      increase(table, 2 * DOUBLE),
      increase(write, VECTOR),
    ),
  ];
}

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
