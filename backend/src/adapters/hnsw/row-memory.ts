import { createKernel, type DotRows, type WasmMemory } from './simd-kernel.js';

const PAGE_BYTES = 65_536;
/** The first page holds the query, the second the scores of one pass; rows follow. */
const SCORES_AT = PAGE_BYTES;
const ROWS_AT = 2 * PAGE_BYTES;
const ROWS_PER_PASS = PAGE_BYTES / 4;
const MAX_DIMENSION = PAGE_BYTES / 4;
/** The kernel reads 16 numbers at a time: rows are filled up with zeros. */
const LANES = 16;
const GROWTH = 1.25;

/**
 * Vectors in rows, in memory that the SIMD kernel can read: 4 GB at most, two million vectors of 512 numbers. One query at
 * a time is compared with them.
 */
export class RowMemory {
  private readonly stride: number;
  private readonly memory: WasmMemory;
  private readonly dotRows: DotRows;
  private floats: Float32Array;

  /** @param dimension numbers per vector */
  constructor(private readonly dimension: number) {
    if (dimension > MAX_DIMENSION) throw new RangeError(`Vectors of ${dimension} numbers are too long for the index.`);
    this.stride = Math.ceil(dimension / LANES) * LANES;
    const { memory, dotRows } = createKernel(ROWS_AT / PAGE_BYTES);
    this.memory = memory;
    this.dotRows = dotRows;
    this.floats = new Float32Array(memory.buffer);
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Makes room for this many rows; views taken before are no longer good. */
  reserve(rows: number): void {
    const wanted = Math.ceil((ROWS_AT + rows * this.stride * 4) / PAGE_BYTES);
    const pages = this.bytes / PAGE_BYTES;
    if (wanted <= pages) return;
    const roomy = Math.min(PAGE_BYTES, Math.ceil(pages * GROWTH));
    this.memory.grow(Math.max(wanted, roomy) - pages);
    this.floats = new Float32Array(this.memory.buffer);
  }

  write(row: number, vector: Float32Array): void {
    this.floats.set(vector, this.at(row));
  }

  move(from: number, to: number): void {
    this.floats.copyWithin(this.at(to), this.at(from), this.at(from) + this.dimension);
  }

  /** A view, good until the next change. */
  row(row: number): Float32Array {
    return this.floats.subarray(this.at(row), this.at(row) + this.dimension);
  }

  /** The first rows one after the other, without the padding; a view where there is none. */
  packed(rows: number): Float32Array {
    if (this.stride === this.dimension) return this.floats.subarray(this.at(0), this.at(rows));
    const packed = new Float32Array(rows * this.dimension);
    for (let row = 0; row < rows; row++) packed.set(this.row(row), row * this.dimension);
    return packed;
  }

  /** What `score` and `eachScore` compare with. */
  ask(query: Float32Array): void {
    this.floats.set(query, 0);
  }

  score(row: number): number {
    this.dotRows(this.at(row) * 4, 1, this.stride * 4, SCORES_AT);
    return this.floats[SCORES_AT / 4]!;
  }

  /** Scores of the first rows, in order: one pass through the memory. */
  eachScore(rows: number, take: (row: number, score: number) => void): void {
    for (let from = 0; from < rows; from += ROWS_PER_PASS) {
      const count = Math.min(ROWS_PER_PASS, rows - from);
      this.dotRows(this.at(from) * 4, count, this.stride * 4, SCORES_AT);
      for (let i = 0; i < count; i++) take(from + i, this.floats[SCORES_AT / 4 + i]!);
    }
  }

  private at(row: number): number {
    return ROWS_AT / 4 + row * this.stride;
  }
}
