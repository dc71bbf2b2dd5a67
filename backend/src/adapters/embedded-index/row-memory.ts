import { Worker } from 'node:worker_threads';
import {
  blockBytes,
  BLOCKS_AT,
  CONTROL,
  CONTROL_AT,
  rowAt,
  ROWS_PER_BLOCK,
  scoreAt,
  takeBlocks,
  type RowLayout,
} from './row-scan.js';
import { createKernel, createMemory, MAX_PAGES, PAGE_BYTES, type DotRows, type SharedMemory } from './simd-kernel.js';
import { workerEntry } from '../worker-entry.js';

/** The kernel reads 32 numbers at a time: rows are filled up with zeros. */
const LANES = 32;
/** Where what is compared of lower bytes goes: behind the numbers that threads share. */
const LOWER_AT = CONTROL_AT + 1024;
const MAX_DIMENSION = CONTROL_AT / 2;
const GROWTH = 1.25;
/** A row's largest number becomes this: its upper byte is then 127 at most. */
const LARGEST = 127 * 256 + 127;
/** The query's numbers are 16 bits each, and no sum of products may leave 32 bits. */
const LARGEST_IN_QUERY = 32_767;
const LARGEST_SUM = (2 ** 31 - 1) / 128;
/** What rounding the query and adding up cost at most, for vectors of length 1. */
const ROUNDING = 2e-5;

/**
 * Vectors in rows as 16-bit numbers with a scale for each row, upper and lower bytes apart: the upper ones alone tell
 * roughly and with half the memory to read how near a row is (`rough`), both together as exactly as anybody could want
 * (`score`). 4 GB at most: four million vectors of 512 numbers. One query at a time is compared with them.
 */
export class RowMemory {
  private readonly layout: RowLayout;
  private readonly memory: SharedMemory = createMemory(BLOCKS_AT / PAGE_BYTES);
  private readonly dotRows: DotRows = createKernel(this.memory);
  private readonly control = new Int32Array(this.memory.buffer, CONTROL_AT, Object.keys(CONTROL).length);
  private bytes8 = new Int8Array(this.memory.buffer);
  private ints = new Int32Array(this.memory.buffer);
  private scales = new Float32Array(0);
  private helpers: Worker[] = [];
  private queryScale = 1;
  private queryNorm = 1;
  /** Length of the longest vector of lower bytes: how far a rough score can be off for a query of length 1. */
  private largestRest = 0;

  /** @param dimension numbers per vector */
  constructor(private readonly dimension: number) {
    if (dimension > MAX_DIMENSION) throw new RangeError(`Vectors of ${dimension} numbers are too long for the index.`);
    this.layout = { stride: Math.ceil(dimension / LANES) * LANES };
  }

  get bytes(): number {
    return this.memory.buffer.byteLength + this.scales.byteLength;
  }

  /** How far `rough` may be from `score`, for the query asked. */
  get tolerance(): number {
    return this.queryNorm * (this.largestRest + ROUNDING);
  }

  /** Makes room for this many rows; views taken before are no longer good. */
  reserve(rows: number): void {
    const blocks = Math.ceil(rows / ROWS_PER_BLOCK);
    const wanted = Math.ceil((BLOCKS_AT + blocks * blockBytes(this.layout)) / PAGE_BYTES);
    const pages = this.memory.buffer.byteLength / PAGE_BYTES;
    if (wanted <= pages) return;
    const roomy = Math.min(MAX_PAGES, Math.ceil(pages * GROWTH));
    this.memory.grow(Math.max(wanted, roomy) - pages);
    this.bytes8 = new Int8Array(this.memory.buffer);
    this.ints = new Int32Array(this.memory.buffer);
    const room = Math.floor((this.memory.buffer.byteLength - BLOCKS_AT) / blockBytes(this.layout));
    const scales = new Float32Array(room * ROWS_PER_BLOCK);
    scales.set(this.scales);
    this.scales = scales;
  }

  write(row: number, vector: Float32Array): void {
    let most = 0;
    for (const value of vector) most = Math.max(most, Math.abs(value));
    const scale = Math.fround(most > 0 ? most / LARGEST : 1);
    const upper = rowAt(this.layout, row);
    const lower = upper + ROWS_PER_BLOCK * this.layout.stride;
    let squares = 0;
    for (let i = 0; i < vector.length; i++) {
      const whole = Math.min(LARGEST, Math.max(-LARGEST, Math.round(vector[i]! / scale)));
      const high = (whole + 128) >> 8;
      const low = whole - high * 256;
      this.bytes8[upper + i] = high;
      this.bytes8[lower + i] = low;
      squares += low * low;
    }
    this.scales[row] = scale;
    this.largestRest = Math.max(this.largestRest, scale * Math.sqrt(squares));
  }

  move(from: number, to: number): void {
    const { stride } = this.layout;
    for (const plane of [0, ROWS_PER_BLOCK * stride]) {
      const source = rowAt(this.layout, from) + plane;
      this.bytes8.copyWithin(rowAt(this.layout, to) + plane, source, source + stride);
    }
    this.scales[to] = this.scales[from]!;
  }

  /** A copy. */
  row(row: number): Float32Array {
    const upper = rowAt(this.layout, row);
    const lower = upper + ROWS_PER_BLOCK * this.layout.stride;
    const scale = this.scales[row]!;
    const vector = new Float32Array(this.dimension);
    for (let i = 0; i < vector.length; i++) {
      vector[i] = (this.bytes8[upper + i]! * 256 + this.bytes8[lower + i]!) * scale;
    }
    return vector;
  }

  /** Whether the row holds this vector, as well as it can. */
  holds(row: number, vector: Float32Array): boolean {
    const known = this.row(row);
    return known.every((value, i) => Math.abs(value - vector[i]!) <= this.scales[row]!);
  }

  /** What `score` and the others compare with. */
  ask(query: Float32Array): void {
    let most = 0;
    let sum = 0;
    let squares = 0;
    for (const value of query) {
      most = Math.max(most, Math.abs(value));
      sum += Math.abs(value);
      squares += value * value;
    }
    this.queryScale = most > 0 ? Math.max(most / LARGEST_IN_QUERY, sum / LARGEST_SUM) : 1;
    this.queryNorm = Math.sqrt(squares);
    const numbers = new Int16Array(this.memory.buffer, 0, query.length);
    for (let i = 0; i < query.length; i++) numbers[i] = Math.round(query[i]! / this.queryScale);
  }

  /** Compares the first rows roughly, for `rough`: one pass through the memory, by all threads. */
  scan(rows: number): void {
    const { control } = this;
    const blocks = Math.ceil(rows / ROWS_PER_BLOCK);
    Atomics.store(control, CONTROL.rows, rows);
    Atomics.store(control, CONTROL.blocksDone, 0);
    Atomics.store(control, CONTROL.blocksLeft, blocks);
    if (this.helpers.length > 0) {
      Atomics.add(control, CONTROL.call, 1);
      Atomics.notify(control, CONTROL.call);
    }
    takeBlocks(control, this.dotRows, this.layout);
    for (let done; (done = Atomics.load(control, CONTROL.blocksDone)) < blocks;) {
      Atomics.wait(control, CONTROL.blocksDone, done);
    }
  }

  /** Compares rows that lie one after the other roughly. */
  scanSome(from: number, count: number): void {
    for (let row = from; row < from + count;) {
      const inBlock = Math.min(from + count - row, ROWS_PER_BLOCK - (row % ROWS_PER_BLOCK));
      this.dotRows(rowAt(this.layout, row), inBlock, this.layout.stride, scoreAt(this.layout, row));
      row += inBlock;
    }
  }

  /** The rough score of a row that was scanned for this query. */
  rough(row: number): number {
    return this.ints[scoreAt(this.layout, row) / 4]! * this.scales[row]! * this.queryScale * 256;
  }

  /** Raises the best rough score of each row's group, for rows that were scanned. */
  bestRough(rows: number, groups: Int32Array, best: Float32Array): void {
    const { ints, scales } = this;
    const unit = this.queryScale * 256;
    for (let first = 0; first < rows; first += ROWS_PER_BLOCK) {
      const end = Math.min(rows, first + ROWS_PER_BLOCK);
      const shift = scoreAt(this.layout, first) / 4 - first;
      for (let row = first; row < end; row++) {
        const score = ints[row + shift]! * scales[row]! * unit;
        const group = groups[row]!;
        if (score > best[group]!) best[group] = score;
      }
    }
  }

  /** The exact score of a row that was scanned for this query: only its lower bytes are left to compare. */
  score(row: number): number {
    const { layout } = this;
    this.dotRows(rowAt(layout, row) + ROWS_PER_BLOCK * layout.stride, 1, layout.stride, LOWER_AT);
    const whole = this.ints[scoreAt(layout, row) / 4]! * 256 + this.ints[LOWER_AT / 4]!;
    return Math.round(whole * this.scales[row]! * this.queryScale * 1e6) / 1e6;
  }

  /** Everything about the first rows, for a snapshot: their scales, and views of their bytes in order. */
  contents(rows: number): { scales: Float32Array; largestRest: number; chunks: Iterable<Uint8Array> } {
    return { scales: this.scales.subarray(0, rows), largestRest: this.largestRest, chunks: this.chunks(rows) };
  }

  /** Makes room for saved rows; their bytes are to be written to the views. */
  restore(scales: Float32Array, largestRest: number): Iterable<Uint8Array> {
    this.reserve(scales.length);
    this.scales.set(scales);
    this.largestRest = largestRest;
    return this.chunks(scales.length);
  }

  /** Starts threads that take their share of every scan. */
  help(threads: number): void {
    while (this.helpers.length < threads) {
      const { file, execArgv } = workerEntry(import.meta.url, 'scan.worker');
      const worker = new Worker(file, {
        workerData: { memory: this.memory, layout: this.layout },
        name: 'scan',
        execArgv,
      });
      // It only makes scans faster: without it the others do its share.
      worker.on('error', () => (this.helpers = this.helpers.filter((helper) => helper !== worker)));
      worker.unref();
      this.helpers.push(worker);
    }
  }

  /** Lets the helping threads end. */
  close(): void {
    this.helpers = [];
    Atomics.store(this.control, CONTROL.call, -1);
    Atomics.notify(this.control, CONTROL.call);
  }

  private *chunks(rows: number): Generator<Uint8Array> {
    const { stride } = this.layout;
    for (let first = 0; first < rows; first += ROWS_PER_BLOCK) {
      const bytes = Math.min(ROWS_PER_BLOCK, rows - first) * stride;
      const upper = rowAt(this.layout, first);
      yield new Uint8Array(this.memory.buffer, upper, bytes);
      yield new Uint8Array(this.memory.buffer, upper + ROWS_PER_BLOCK * stride, bytes);
    }
  }
}
