import type { DescribedRows, WantedAspect } from '../../domain/analysis/aspects.ports.js';
import {
  ASPECTS,
  DESCRIBED_SIZE,
  LAYOUT,
  PITCH_CLASSES,
  TIMBRE_MEANS,
  type Aspect,
} from '../../domain/analysis/aspects.types.js';
import { DEVIATIONS, DYNAMICS, FASTER, MOST_OCTAVES, OCTAVE, STEP, USUAL } from '../../domain/analysis/distance.js';
import { LACKING, SURE } from '../../domain/analysis/most-alike.js';
import {
  compile,
  createMemory,
  f32x4,
  get,
  i32,
  increase,
  Locals,
  PAGE_BYTES,
  set,
  untilReached,
  type Code,
  type WasmFunction,
  type WasmMemory,
} from '../../clap/wasm.js';

/** The processor's vectors hold four numbers: four rows lie interleaved, so that each number of theirs is one vector. */
const ROWS = 4;
const VECTOR = 16;
const GROUP_BYTES = DESCRIBED_SIZE * VECTOR;

/** What is compared with all rows begins the memory: each number four times, those of an example first. */
const EXAMPLE = 0;
/** How much the aspect counts, then the log odds that a distance of 1 takes away. */
const WEIGHT = EXAMPLE + (LAYOUT.rhythm.size + 2 * FASTER) * VECTOR;
const SLOPE = WEIGHT + VECTOR;
/** Of each speed at which a rhythm is compared, what is to be added. */
const SPEEDS = SLOPE + VECTOR;
const SHIFTS = Array.from({ length: 2 * FASTER + 1 }, (_, n) => n - FASTER);
/** Of a pitch, the sum of the squares of its classes. */
const SQUARES = SPEEDS;
/** Log odds of the rows that are compared at once. */
const OUT = SPEEDS + SHIFTS.length * VECTOR;
const GROUPS_AT_ONCE = 256;
const FIRST_GROUP = OUT + GROUPS_AT_ONCE * VECTOR;
/** Nothing with all its energy in one place comes near to it. */
const LEAST_SQUARES = 1e-30;

/** Adds the log odds of all rows between two addresses to what stands at a third one. */
type Compare = (rows: number, end: number, out: number) => void;
const [AT, END, TO] = [0, 1, 2] as const;

class WasmRows implements DescribedRows {
  private readonly memory: WasmMemory = createMemory(FIRST_GROUP);
  private readonly compare = compile<Record<Aspect, Compare>>(this.memory, ASPECTS.map(comparing));
  private numbers = new Float32Array(this.memory.buffer);

  set(row: number, numbers: Float32Array): void {
    this.makeRoom(row);
    const start = startOf(row);
    for (let n = 0; n < DESCRIBED_SIZE; n++) this.numbers[start + n * ROWS] = numbers[n]!;
  }

  read(row: number, into: Float32Array): void {
    const { numbers } = this;
    let at = startOf(row);
    for (let n = 0; n < DESCRIBED_SIZE; n++, at += ROWS) into[n] = numbers[at]!;
  }

  roughly(wanted: readonly WantedAspect[], from: number, to: number, into: Float32Array): void {
    const out = OUT / Float32Array.BYTES_PER_ELEMENT;
    const last = Math.ceil(to / ROWS);
    for (let group = Math.floor(from / ROWS); group < last; group += GROUPS_AT_ONCE) {
      const groups = Math.min(GROUPS_AT_ONCE, last - group);
      this.numbers.fill(0, out, out + groups * ROWS);
      const start = FIRST_GROUP + group * GROUP_BYTES;
      for (const one of wanted) {
        this.lay(one);
        this.compare[one.aspect](start, start + groups * GROUP_BYTES, OUT);
      }
      const [first, end] = [Math.max(from, group * ROWS), Math.min(to, (group + groups) * ROWS)];
      into.set(this.numbers.subarray(out + first - group * ROWS, out + end - group * ROWS), first);
    }
  }

  /** Puts the example where it is compared from. */
  private lay({ example: { numbers, at }, aspect, weight }: WantedAspect): void {
    const { at: first, size } = LAYOUT[aspect];
    const own = numbers.subarray(at + first, at + first + size);
    this.four(WEIGHT, weight);
    this.four(SLOPE, (2 * SURE) / USUAL[aspect]);
    const margin = aspect === 'rhythm' ? FASTER : 0;
    for (let n = 0; n < margin; n++) {
      this.four(EXAMPLE + n * VECTOR, 0);
      this.four(EXAMPLE + (margin + size + n) * VECTOR, 0);
    }
    for (let n = 0; n < size; n++) this.four(EXAMPLE + (margin + n) * VECTOR, own[n]!);
    if (aspect === 'pitch') this.four(SQUARES, sumOf(own.subarray(0, PITCH_CLASSES).map((value) => value * value)));
    if (aspect === 'rhythm') {
      for (const [n, shift] of SHIFTS.entries()) {
        // What is pushed out at an end has nothing to be compared with.
        const out = shift > 0 ? own.subarray(0, shift) : own.subarray(size + shift);
        this.four(SPEEDS + n * VECTOR, sumOf(out) / 2 + STEP * Math.abs(shift));
      }
    }
  }

  private four(address: number, value: number): void {
    const first = address / Float32Array.BYTES_PER_ELEMENT;
    for (let n = first; n < first + ROWS; n++) this.numbers[n] = value;
  }

  private makeRoom(row: number): void {
    const bytes = FIRST_GROUP + (Math.floor(row / ROWS) + 1) * GROUP_BYTES;
    if (bytes <= this.numbers.byteLength) return;
    this.memory.grow(Math.ceil(Math.max(bytes - this.numbers.byteLength, this.numbers.byteLength) / PAGE_BYTES));
    this.numbers = new Float32Array(this.memory.buffer);
  }
}

/**
 * Rows that the processor's vector instructions compare, four at once: of 10,000 sounds all that there is in half a millisecond. A row
 * takes 320 bytes.
 */
export const createDescribedRows = (): DescribedRows => new WasmRows();

const startOf = (row: number): number =>
  (FIRST_GROUP + Math.floor(row / ROWS) * GROUP_BYTES) / Float32Array.BYTES_PER_ELEMENT + (row % ROWS);

const sumOf = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0);

function comparing(aspect: Aspect): WasmFunction {
  const locals = new Locals(3, 2);
  const distance = locals.vector();
  const odds = f32x4.sub(f32x4.four(SURE), f32x4.mul(f32x4.load(zero, SLOPE), get(distance)));
  const counted = f32x4.mul(f32x4.load(zero, WEIGHT), f32x4.more(f32x4.four(LACKING), odds));
  const body = untilReached(
    AT,
    get(END),
    DISTANCES[aspect](locals, distance),
    f32x4.store(get(TO), f32x4.add(f32x4.load(get(TO)), counted)),
    increase(TO, VECTOR),
    increase(AT, GROUP_BYTES),
  );
  return { name: aspect, parameters: 3, locals, body };
}

const zero = i32(0);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const ofExample = (n: number): Code => f32x4.load(zero, EXAMPLE + n * VECTOR);
const ofRows = (aspect: Aspect, n: number): Code => f32x4.load(get(AT), (LAYOUT[aspect].at + n) * VECTOR);
const difference = (aspect: Aspect, n: number): Code => f32x4.sub(ofRows(aspect, n), ofExample(n));
const addTo = (sum: number, value: Code): Code => set(sum, f32x4.add(get(sum), value));

/** Code that leaves the distances of four rows in a variable, as `domain/analysis/distance` tells them. */
const DISTANCES: Readonly<Record<Aspect, (locals: Locals, distance: number) => Code>> = {
  timbre: (locals, distance) => {
    const [means, deviations, one] = [locals.vector(), locals.vector(), locals.vector()];
    return [
      ...set(means, f32x4.zeros()),
      ...set(deviations, f32x4.zeros()),
      ...upTo(LAYOUT.timbre.size).flatMap((n) => [
        ...set(one, difference('timbre', n)),
        ...addTo(n < TIMBRE_MEANS ? means : deviations, f32x4.mul(get(one), get(one))),
      ]),
      ...set(distance, f32x4.sqrt(f32x4.add(get(means), f32x4.mul(f32x4.four(DEVIATIONS), get(deviations))))),
    ];
  },
  pitch: (locals, distance) => {
    const [product, squares, one] = [locals.vector(), locals.vector(), locals.vector()];
    const both = f32x4.max(f32x4.mul(get(squares), f32x4.load(zero, SQUARES)), f32x4.four(LEAST_SQUARES));
    const classes = f32x4.sub(f32x4.four(1), f32x4.div(get(product), f32x4.sqrt(both)));
    const octaves = f32x4.min(f32x4.four(MOST_OCTAVES), f32x4.abs(difference('pitch', PITCH_CLASSES)));
    return [
      ...set(product, f32x4.zeros()),
      ...set(squares, f32x4.zeros()),
      ...upTo(PITCH_CLASSES).flatMap((n) => [
        ...set(one, ofRows('pitch', n)),
        ...addTo(product, f32x4.mul(get(one), ofExample(n))),
        ...addTo(squares, f32x4.mul(get(one), get(one))),
      ]),
      ...set(distance, f32x4.add(classes, f32x4.mul(f32x4.four(OCTAVE), octaves))),
    ];
  },
  rhythm: (locals, distance) => {
    const [at, from, one] = [locals.integer(), locals.integer(), locals.vector()];
    const sums = SHIFTS.map(() => locals.vector());
    return [
      ...sums.flatMap((sum) => set(sum, f32x4.zeros())),
      ...set(at, get(AT)),
      ...set(from, zero),
      ...untilReached(
        from,
        i32(LAYOUT.rhythm.size * VECTOR),
        set(one, f32x4.load(get(at), LAYOUT.rhythm.at * VECTOR)),
        ...sums.map((sum, n) =>
          addTo(sum, f32x4.abs(f32x4.sub(f32x4.load(get(from), EXAMPLE + n * VECTOR), get(one)))),
        ),
        increase(at, VECTOR),
        increase(from, VECTOR),
      ),
      ...sums.flatMap((sum, n) => {
        const whole = f32x4.add(f32x4.mul(f32x4.four(0.5), get(sum)), f32x4.load(zero, SPEEDS + n * VECTOR));
        return set(distance, n === 0 ? whole : f32x4.min(get(distance), whole));
      }),
    ];
  },
  loudness: (_, distance) => {
    const dynamics = f32x4.mul(f32x4.four(DYNAMICS), f32x4.abs(difference('loudness', 1)));
    return set(distance, f32x4.add(f32x4.abs(difference('loudness', 0)), dynamics));
  },
};
