import {
  compile,
  createMemory,
  f64x2,
  get,
  i32,
  increase,
  Locals,
  PAGE_BYTES,
  set,
  untilReached,
  type Code,
  type WasmFunction,
} from '../clap/wasm.js';

const DOUBLE = 8;
const FLOAT = 4;
const VECTOR = 16;

/** A polyphase filter: `weights` is `[phases × taps]`, `taps` an even number. */
export interface Filter {
  taps: number;
  phases: number;
  weights: Float64Array;
}

/** Where in the samples an output begins: the first of its taps, and which phase of the filter they are weighed with. */
export interface Place {
  frame: number;
  phase: number;
}

/**
 * Weighs samples of one or two channels with the processor's vector instructions.
 * @param samples interleaved
 * @param step frames of input per output, in phases
 * @param count frames to make; all their taps must lie in `samples`
 * @returns `count` interleaved frames
 */
export function weigh(
  samples: Float64Array,
  channels: 1 | 2,
  filter: Filter,
  { from, step, count }: { from: Place; step: number; count: number },
): Float32Array<ArrayBuffer> {
  const { taps, phases, weights } = filter;
  const [input, output] = [align(weights.length * DOUBLE), align((weights.length + samples.length) * DOUBLE)];
  const missing = output + count * channels * FLOAT - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  if (loaded !== weights) new Float64Array(memory.buffer, 0, weights.length).set(weights);
  loaded = weights;
  new Float64Array(memory.buffer, input, samples.length).set(samples);
  if (count > 0) {
    const row = taps * DOUBLE;
    const frame = channels * DOUBLE;
    kernel[channels === 1 ? 'mono' : 'stereo'](
      input + from.frame * frame,
      from.phase * row,
      output,
      output + count * channels * FLOAT,
      row,
      (step % phases) * row,
      phases * row,
      Math.floor(step / phases) * frame,
    );
  }
  return new Float32Array(memory.buffer, output, count * channels).slice();
}

const align = (bytes: number): number => Math.ceil(bytes / VECTOR) * VECTOR;

/** One for all sounds: nothing of a sound stays in it. */
const memory = createMemory(PAGE_BYTES);
/** The weights that lie at its beginning. */
let loaded: Float64Array | null = null;

type Weigh = (
  at: number,
  row: number,
  out: number,
  end: number,
  rowBytes: number,
  rowStep: number,
  rowsBytes: number,
  atStep: number,
) => void;
const PARAMETERS = 8;
const [AT, ROW, OUT, END, ROW_BYTES, ROW_STEP, ROWS_BYTES, AT_STEP] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const [ADD, SUBTRACT, MULTIPLY, AT_LEAST] = [[0x6a], [0x6b], [0x6c], [0x4f]] as const;

const kernel = compile<{ mono: Weigh; stereo: Weigh }>(memory, [weighFunction('mono'), weighFunction('stereo')]);

function weighFunction(name: 'mono' | 'stereo'): WasmFunction {
  const locals = new Locals(PARAMETERS, 4);
  const [weight, sample, rowEnd, wraps] = Array.from({ length: 4 }, () => locals.integer()) as [
    number,
    number,
    number,
    number,
  ];
  // Two sums, so that one addition need not wait for the other.
  const [even, odd] = [locals.vector(), locals.vector()];
  const plus = (sum: number, product: Code): Code => set(sum, f64x2.add(get(sum), product));
  const isMono = name === 'mono';
  const frameBytes = isMono ? DOUBLE : 2 * DOUBLE;
  const { load, loadTwice, mul } = f64x2;
  const tap = isMono
    ? [plus(even, mul(load(get(weight)), load(get(sample))))]
    : [
        plus(even, mul(loadTwice(get(weight)), load(get(sample)))),
        plus(odd, mul(loadTwice(get(weight), DOUBLE), load(get(sample), VECTOR))),
      ];
  const result = isMono
    ? [f64x2.storeFirst(get(OUT), f64x2.add(get(even), f64x2.seconds(get(even), get(even))))]
    : [set(even, f64x2.add(get(even), get(odd))), f64x2.storeBoth(get(OUT), get(even))];
  const body = untilReached(
    OUT,
    get(END),
    set(even, f64x2.twice(0)),
    set(odd, f64x2.twice(0)),
    set(weight, get(ROW)),
    set(sample, get(AT)),
    set(rowEnd, [...get(ROW), ...get(ROW_BYTES), ...ADD]),
    untilReached(weight, get(rowEnd), ...tap, increase(weight, 2 * DOUBLE), increase(sample, 2 * frameBytes)),
    ...result,
    increase(OUT, isMono ? FLOAT : 2 * FLOAT),
    // After the last phase comes the first one of the next frame.
    set(ROW, [...get(ROW), ...get(ROW_STEP), ...ADD]),
    set(wraps, [...get(ROW), ...get(ROWS_BYTES), ...AT_LEAST]),
    set(ROW, [...get(ROW), ...get(wraps), ...get(ROWS_BYTES), ...MULTIPLY, ...SUBTRACT]),
    set(AT, [...get(AT), ...get(AT_STEP), ...ADD, ...[...get(wraps), ...i32(frameBytes), ...MULTIPLY, ...ADD]]),
  );
  return { name, parameters: PARAMETERS, locals, body };
}
