/**
 * Dot products by the processor's vector instructions, which JavaScript reaches through WebAssembly only. The module is
 * small enough to be written out here, instruction by instruction.
 */

/** What this file uses of WebAssembly: Node's types do not name it. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: { dotRows: DotRows } };
};

/** Memory that several threads can work on; it can be handed to them. */
export interface SharedMemory {
  /** Another object after each `grow`. */
  readonly buffer: SharedArrayBuffer;
  /** In pages of 64 KB. */
  grow(pages: number): number;
}

/**
 * Writes the dot products of the query, 16-bit whole numbers from address 0, with `count` rows of `rowBytes` (a multiple of
 * 32) 8-bit whole numbers that lie one after the other from `rows`, as 32-bit whole numbers from `out`. All in bytes.
 */
export type DotRows = (rows: number, count: number, rowBytes: number, out: number) => void;

export const PAGE_BYTES = 65_536;
/** 4 GB. */
export const MAX_PAGES = 65_536;

const I32 = 0x7f;
const V128 = 0x7b;
const [ROWS, COUNT, ROW_BYTES, OUT, AT, END, SUM_0, SUM_1, SUM_2, SUM_3] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
const SUMS = [SUM_0, SUM_1, SUM_2, SUM_3] as const;

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const i32 = (value: number): number[] => [0x41, ...signedLeb(value)];
const block = (...body: number[][]): number[] => [0x02, 0x40, ...body.flat(), 0x0b];
const loop = (...body: number[][]): number[] => [0x03, 0x40, ...body.flat(), 0x0b];
const branchIf = (depth: number): number[] => [0x0d, depth];
const ADD = [0x6a];
const SUB = [0x6b];
const IS_ZERO = [0x45];
const LESS = [0x49];
const i32Store = [0x36, 2, 0];
const vectorLoad = (offset: number): number[] => [0xfd, 0x00, 2, offset];
/** Eight bytes as eight 16-bit numbers. */
const widenedLoad = (offset: number): number[] => [0xfd, 0x01, 2, offset];
const ZEROS = [0xfd, 0x0c, ...new Array<number>(16).fill(0)];
const lane = (index: number): number[] => [0xfd, 0x1b, index];
const LANES_ADD = [0xfd, 0xae, 0x01];
/** Products of 16-bit numbers, neighbours added up. */
const PAIRS_DOT = [0xfd, 0xba, 0x01];

const increase = (local: number, by: number): number[] => [...get(local), ...i32(by), ...ADD, ...set(local)];

const body = block(
  [...get(COUNT), ...IS_ZERO, ...branchIf(0)],
  [...get(ROW_BYTES), ...get(ROW_BYTES), ...ADD, ...set(END)],
  loop(
    [...i32(0), ...set(AT)],
    ...SUMS.map((sum) => [...ZEROS, ...set(sum)]),
    loop(
      ...SUMS.map((sum, i) => [
        ...get(sum),
        ...[...get(ROWS), ...widenedLoad(8 * i)],
        ...[...get(AT), ...vectorLoad(16 * i)],
        ...[...PAIRS_DOT, ...LANES_ADD, ...set(sum)],
      ]),
      increase(ROWS, 32),
      increase(AT, 64),
      [...get(AT), ...get(END), ...LESS, ...branchIf(0)],
    ),
    [...get(SUM_0), ...get(SUM_1), ...LANES_ADD],
    [...get(SUM_2), ...get(SUM_3), ...LANES_ADD, ...LANES_ADD, ...set(SUM_0)],
    get(OUT),
    [...get(SUM_0), ...lane(0), ...get(SUM_0), ...lane(1), ...ADD],
    [...get(SUM_0), ...lane(2), ...get(SUM_0), ...lane(3), ...ADD, ...ADD],
    i32Store,
    increase(OUT, 4),
    [...get(COUNT), ...i32(1), ...SUB, ...[0x22, COUNT], ...branchIf(0)],
  ),
);

export const createMemory = (pages: number): SharedMemory =>
  new WebAssembly.Memory({ initial: pages, maximum: MAX_PAGES, shared: true });

/** The kernel, working on this memory. */
export function createKernel(memory: SharedMemory): DotRows {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { host: { memory } });
  return exports.dotRows;
}

/** Sections as the specification numbers them: types, imports, functions, exports, code. */
function moduleBytes(): Uint8Array {
  const locals = [2, 2, I32, SUMS.length, V128];
  const code = [...locals, ...body, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 4, I32, I32, I32, I32, 0]),
    ...section(2, [1, ...text('host'), ...text('memory'), 0x02, 0x03, 1, ...leb(MAX_PAGES)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('dotRows'), 0x00, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}

function section(id: number, content: number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

function text(name: string): number[] {
  return [name.length, ...Buffer.from(name)];
}

/** Whole numbers in groups of seven bits, least first. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

/** As {@link leb}, for small numbers that are read as signed: a sixth bit would mean less than zero. */
function signedLeb(value: number): number[] {
  return value < 64 ? [value] : [(value & 127) | 128, ...signedLeb(value >>> 7)];
}
