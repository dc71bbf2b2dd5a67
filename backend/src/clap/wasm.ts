/**
 * Writes WebAssembly modules, instruction by instruction: the processor's vector instructions cannot be had from JavaScript
 * in another way. Code is a list of bytes; an expression leaves one value on the stack.
 */

export type Code = readonly number[];

/** What is used of WebAssembly here: Node's types do not name it. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number }) => WasmMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
};

export interface WasmMemory {
  /** Another object after each `grow`. */
  readonly buffer: ArrayBuffer;
  /** In pages. */
  grow(pages: number): number;
}

export const PAGE_BYTES = 65_536;

/** Zeroes. */
export const createMemory = (bytes: number): WasmMemory =>
  new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });

const I32 = 0x7f;
const V128 = 0x7b;

/** A function whose parameters are whole numbers of 32 bits. */
export interface WasmFunction {
  name: string;
  parameters: number;
  /** Whether it gives back a whole number. */
  returns?: boolean;
  locals: Locals;
  body: Code;
}

/** Numbers the variables of a function: first its parameters, then whole numbers, then vectors. */
export class Locals {
  private integers = 0;
  private vectors: number[] = [];

  constructor(
    private readonly parameters: number,
    private readonly mostIntegers: number,
  ) {}

  integer(): number {
    if (this.integers === this.mostIntegers) throw new Error('more whole numbers than announced');
    return this.parameters + this.integers++;
  }

  vector(): number {
    const local = this.parameters + this.mostIntegers + this.vectors.length;
    this.vectors.push(local);
    return local;
  }

  get declaration(): Code {
    return [2, ...leb(this.mostIntegers), I32, ...leb(this.vectors.length), V128];
  }
}

export function compile<Exports>(memory: WasmMemory, functions: readonly WasmFunction[]): Exports {
  const list = (items: readonly Code[]): Code => [...leb(items.length), ...items.flat()];
  const sized = (content: Code): Code => [...leb(content.length), ...content];
  const section = (id: number, content: Code): Code => [id, ...sized(content)];
  const name = (text: string): Code => sized([...Buffer.from(text)]);
  const bytes = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      list(
        functions.map(({ parameters, returns }) => [
          0x60,
          ...list(Array.from({ length: parameters }, () => [I32])),
          ...list(returns ? [[I32]] : []),
        ]),
      ),
    ),
    ...section(2, list([[...name('host'), ...name('memory'), 0x02, 0x00, 1]])),
    ...section(3, list(functions.map((_, i) => leb(i)))),
    ...section(7, list(functions.map((fn, i) => [...name(fn.name), 0x00, ...leb(i)]))),
    ...section(10, list(functions.map(({ locals, body }) => sized([...locals.declaration, ...body, 0x0b])))),
  ]);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } }).exports as Exports;
}

/** Whole numbers in groups of seven bits, least first. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

/** As {@link leb}, for numbers that are read as signed. */
function signedLeb(value: number): number[] {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signedLeb(value >> 7)];
}

export const get = (local: number): Code => [0x20, ...leb(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...leb(local)];
export const i32 = (value: number): Code => [0x41, ...signedLeb(value)];
export const increase = (local: number, by: number): Code => set(local, [...get(local), ...i32(by), 0x6a]);

/** Does the body again and again while the whole number, read without a sign, is below the limit; at least once. */
export const untilReached = (local: number, limit: Code, ...body: Code[]): Code => [
  ...[0x03, 0x40],
  ...body.flat(),
  ...[...get(local), ...limit, 0x49, 0x0d, 0, 0x0b],
];

const simd = (opcode: number): number[] => [0xfd, ...leb(opcode)];
const memory = (opcode: number, offset: number): number[] => [...simd(opcode), 0, ...leb(offset)];
const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...simd(opcode)];
const unary =
  (opcode: number) =>
  (a: Code): Code => [...a, ...simd(opcode)];

/** Vectors of two numbers of double precision. */
export const f64x2 = {
  add: binary(0xf0),
  sub: binary(0xf1),
  mul: binary(0xf2),
  div: binary(0xf3),
  max: binary(0xf5),
  sqrt: unary(0xef),
  load: (address: Code, offset = 0): Code => [...address, ...memory(0x00, offset)],
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...memory(0x0b, offset)],
  /** The same number twice. */
  loadTwice: (address: Code, offset = 0): Code => [...address, ...memory(0x0a, offset)],
  /** Two neighbours of single precision. */
  loadWidened: (address: Code, offset = 0): Code => [...address, ...memory(0x5d, offset), ...simd(0x5f)],
  twice: (value: number): Code => constant(new Float64Array([value, value])),
  /** The first numbers of both, and the second ones. */
  firsts: (a: Code, b: Code): Code => [...a, ...b, ...shuffle(0, 16)],
  seconds: (a: Code, b: Code): Code => [...a, ...b, ...shuffle(8, 24)],
  /** Narrowed to single precision. */
  storeFirst: (address: Code, value: Code): Code => [...address, ...value, ...simd(0x5e), ...memory(0x5a, 0), 0],
  storeSecond: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...[...value, ...simd(0x5e)],
    ...[...memory(0x5a, offset), 1],
  ],
  storeBoth: (address: Code, value: Code): Code => [...address, ...value, ...simd(0x5e), ...memory(0x5b, 0), 0],
};

/** The bits of two numbers of 64 bits. */
export const i64x2 = {
  and: binary(0x4e),
  or: binary(0x50),
  shiftRight: (value: Code, bits: number): Code => [...value, ...i32(bits), ...simd(0xcd)],
  twice: (value: bigint): Code => constant(new BigUint64Array([value, value])),
};

/** Vectors of four numbers of single precision. */
export const f32x4 = {
  abs: unary(0xe0),
  sqrt: unary(0xe3),
  add: binary(0xe4),
  sub: binary(0xe5),
  mul: binary(0xe6),
  div: binary(0xe7),
  min: binary(0xe8),
  max: binary(0xe9),
  /** The second where it is more; the first where the second is no number. */
  more: binary(0xeb),
  equal: binary(0x41),
  zeros: (): Code => constant(new Float32Array(4)),
  four: (value: number): Code => constant(new Float32Array(4).fill(value)),
  load: (address: Code, offset = 0): Code => [...address, ...memory(0x00, offset)],
  store: (address: Code, value: Code): Code => [...address, ...value, ...memory(0x0b, 0)],
};

/** 1 if none of the four parts is 0. */
export const allTrue = (value: Code): Code => [...value, ...simd(0xa3)];

function constant(values: ArrayBufferView): Code {
  return [...simd(0x0c), ...new Uint8Array(values.buffer, values.byteOffset, 16)];
}

function shuffle(first: number, second: number): Code {
  const eight = (from: number): number[] => Array.from({ length: 8 }, (_, i) => from + i);
  return [...simd(0x0d), ...eight(first), ...eight(second)];
}
