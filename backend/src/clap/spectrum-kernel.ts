import { compile, createMemory, f64x2, get, i32, increase, Locals, set, untilReached, type Code } from './wasm.js';

export const VECTOR = 16;
/** A complex number of each of two frames: their real parts, their imaginary parts. */
export const COMPLEX = 2 * VECTOR;
export const DOUBLE = 8;
export const FLOAT = 4;

export interface SpectrumFace {
  /** Samples of a frame, a power of two, at least 16. */
  size: number;
  /** Samples from one frame to the next. */
  hop: number;
  /** 2 for the power of each bin, 1 for its amplitude. */
  power: 1 | 2;
  firstBin: number;
  lastBin: number;
}

/** Addresses. */
export interface SpectrumLayout {
  window: number;
  twiddles: number[];
  unfolding: number;
  /** Passes read and write in turns. */
  work: readonly [number, number];
  /** What comes out: of each bin, that of one frame and of the other. */
  power: number;
}

/** Of two overlapping frames at once. Not re-entrant. */
export interface SpectrumKernel {
  /**
   * Reads the first `size + hop` samples and writes |X[k]|² of both windowed frames, k from 0 to size/2. What is not finite spoils
   * its own frame only.
   */
  (samples: Float32Array, one: Float64Array, other: Float64Array): void;
}

/**
 * Power spectra of two frames at a time, one in either half of the processor's vectors: folded into half as many complex
 * numbers, transformed by Stockham's self-sorting algorithm (no bit reversal; passes of radix 4, where the length asks for it
 * a last one of radix 2) and unfolded at the bins that are wanted. All in double precision: in single precision a quiet band
 * next to a loud one drowns in the rounding of the loud one.
 */
export function createSpectrumKernel(window: Float64Array, hop: number): SpectrumKernel {
  const size = window.length;
  const bins = size / 2 + 1;
  const face: SpectrumFace = { size, hop, power: 2, firstBin: 0, lastBin: bins - 1 };
  const place = placeFrom(0);
  const layout = layOutSpectrum(face, place);
  const input = place((size + hop) * FLOAT);
  const memory = createMemory(place(0));
  fillSpectrumTables(memory.buffer, layout, window);
  const locals = new Locals(1, 4);
  const body = spectrumCode(face, 0, layout, createScratch(locals)).code;
  const { spectrum } = compile<{ spectrum: (at: number) => void }>(memory, [
    { name: 'spectrum', parameters: 1, locals, body },
  ]);
  const frames = new Float32Array(memory.buffer, input, size + hop);
  const power = new Float64Array(memory.buffer, layout.power, 2 * bins);

  return (samples, one, other) => {
    frames.set(samples.length === frames.length ? samples : samples.subarray(0, frames.length));
    spectrum(input);
    for (let bin = 0; bin < bins; bin++) {
      one[bin] = power[2 * bin]!;
      other[bin] = power[2 * bin + 1]!;
    }
  };
}

/** Hands out room, from this address on. */
export function placeFrom(start: number): (bytes: number) => number {
  let end = start;
  return (bytes) => {
    const at = end;
    end += aligned(bytes);
    return at;
  };
}

export const aligned = (bytes: number): number => Math.ceil(bytes / VECTOR) * VECTOR;

export function layOutSpectrum({ size, lastBin }: SpectrumFace, place: (bytes: number) => number): SpectrumLayout {
  const half = size >> 1;
  return {
    window: place(size * DOUBLE),
    twiddles: passLengths(half).map((n) => place(6 * (n >> 2) * DOUBLE)),
    unfolding: place(2 * (half + 1) * DOUBLE),
    work: [place((half + 1) * COMPLEX), place((half + 1) * COMPLEX)],
    power: place((lastBin + 1) * VECTOR),
  };
}

export function fillSpectrumTables(buffer: ArrayBuffer, layout: SpectrumLayout, window: Float64Array): void {
  const half = window.length >> 1;
  const table = (at: number, numbers: ArrayLike<number>): void =>
    new Float64Array(buffer, at, numbers.length).set(numbers);
  const turn = (part: number): number[] => [Math.cos(2 * Math.PI * part), Math.sin(2 * Math.PI * part)];
  table(layout.window, window);
  passLengths(half).forEach((n, pass) =>
    table(
      layout.twiddles[pass]!,
      Array.from({ length: n >> 2 }, (_, p) => [1, 2, 3].map((m) => turn((-p * m) / n))).flat(2),
    ),
  );
  table(layout.unfolding, Array.from({ length: half + 1 }, (_, k) => turn(k / (2 * half))).flat());
}

/**
 * From the frames at the address in variable `at`, and `hop` behind it, to what `layout.power` is for.
 * @returns the code, and the address of room that is free behind it
 */
export function spectrumCode(
  face: SpectrumFace,
  at: number,
  layout: SpectrumLayout,
  scratch: Scratch,
): { code: Code; free: number } {
  const half = face.size >> 1;
  const lengths = passLengths(half);
  const passes = [firstPass(face, at, layout, scratch)];
  let [from, to] = layout.work;
  const pass = (code: (from: number, to: number) => Code): void => {
    passes.push(code(from, to));
    [from, to] = [to, from];
  };
  lengths.slice(1).forEach((n, i) => pass((a, b) => radix4(n, half, a, b, layout.twiddles[i + 1]!, scratch)));
  if (lengths.at(-1) === 8) pass((a, b) => radix2(half, a, b, scratch));
  return { code: [...passes.flat(), ...unfold(face, from, layout, scratch)], free: to };
}

/** How long the transforms are that each pass of radix 4 takes apart. */
function passLengths(half: number): number[] {
  const lengths: number[] = [];
  for (let n = half; n >= 4; n >>= 2) lengths.push(n);
  return lengths;
}

const ADD: Code = [0x6a];
const MULTIPLY: Code = [0x6c];

/** Variables: four addresses, and vectors. */
export interface Scratch {
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

export function createScratch(locals: Locals): Scratch {
  const vectors = (count: number): number[] => Array.from({ length: count }, () => locals.vector());
  return {
    read: locals.integer(),
    write: locals.integer(),
    table: locals.integer(),
    limit: locals.integer(),
    parts: vectors(8),
    sums: vectors(8),
    turned: vectors(2),
    twiddles: vectors(6),
  };
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
function firstPass(face: SpectrumFace, at: number, layout: SpectrumLayout, scratch: Scratch): Code {
  const { read, write, table, parts, sums } = scratch;
  const quarter = face.size >> 2;
  const [one, other] = [sums[0]!, sums[1]!];
  // `read` counts bytes of samples; the window's numbers are as many times as long.
  const sample = [...get(at), ...get(read), ...ADD];
  const weight = (i: number): Code =>
    f64x2.loadTwice([...get(read), ...i32(DOUBLE / FLOAT), ...MULTIPLY], layout.window + i * DOUBLE);
  const load = [0, 1, 2, 3].flatMap((part) => [
    ...set(one, f64x2.loadWidened(sample, part * quarter * FLOAT)),
    ...set(other, f64x2.loadWidened(sample, (part * quarter + face.hop) * FLOAT)),
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
function unfold(face: SpectrumFace, from: number, layout: SpectrumLayout, scratch: Scratch): Code {
  const { read, write, table, limit: mirrored, parts, sums, turned, twiddles } = scratch;
  const half = face.size >> 1;
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
    ...set(read, i32(from + face.firstBin * COMPLEX)),
    ...set(mirrored, i32(from + (half - face.firstBin) * COMPLEX)),
    ...set(table, i32(layout.unfolding + 2 * face.firstBin * DOUBLE)),
    ...set(write, i32(layout.power + face.firstBin * VECTOR)),
    ...untilReached(
      write,
      i32(layout.power + (face.lastBin + 1) * VECTOR),
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
      f64x2.store(get(write), face.power === 2 ? power : f64x2.sqrt(power)),
      increase(read, COMPLEX),
      increase(mirrored, -COMPLEX),
      increase(table, 2 * DOUBLE),
      increase(write, VECTOR),
    ),
  ];
}
