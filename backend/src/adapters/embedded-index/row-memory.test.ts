import { afterEach, describe, expect, it } from 'vitest';
import { RowMemory } from './row-memory.js';

const opened: RowMemory[] = [];

afterEach(() => opened.splice(0).forEach((memory) => memory.close()));

function memoryOf(dimension: number): RowMemory {
  const memory = new RowMemory(dimension);
  opened.push(memory);
  return memory;
}

const plainDot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

const vector = (dimension: number, seed: number): Float32Array => {
  const numbers = Float32Array.from({ length: dimension }, (_, i) => Math.sin(1 + seed * 12.9898 + i * i * 78.233));
  const norm = Math.sqrt(plainDot(numbers, numbers));
  return numbers.map((value) => value / norm);
};

describe.each([1, 3, 32, 30, 256, 512, 1024])('RowMemory with %i numbers per row', (dimension) => {
  it('gives the same dot products as a plain loop: exactly one by one, roughly in one pass', () => {
    const rows = 40;
    const memory = memoryOf(dimension);
    memory.reserve(rows);
    for (let row = 0; row < rows; row++) memory.write(row, vector(dimension, row));
    const query = vector(dimension, 99);
    memory.ask(query);
    memory.scan(rows);
    for (let row = 0; row < rows; row++) {
      const wanted = plainDot(query, vector(dimension, row));
      const roughly = memory.rough(row);
      expect(Math.abs(memory.score(row) - wanted)).toBeLessThan(2e-5);
      expect(Math.abs(roughly - wanted)).toBeLessThanOrEqual(memory.tolerance);
      expect(memory.rough(row)).toBe(roughly);
    }
    expect(memory.tolerance).toBeLessThan(0.02);
  });

  it('keeps rows when it grows, and moves them', () => {
    const memory = memoryOf(dimension);
    memory.reserve(2);
    memory.write(0, vector(dimension, 1));
    memory.write(1, vector(dimension, 2));
    memory.reserve(5000);
    memory.move(1, 4999);
    memory.write(1, vector(dimension, 3));
    expect(memory.holds(0, vector(dimension, 1))).toBe(true);
    expect(memory.holds(1, vector(dimension, 3))).toBe(true);
    expect(memory.holds(4999, vector(dimension, 2))).toBe(true);
    expect(
      memory.holds(
        0,
        vector(dimension, 1).map((value) => -value),
      ),
    ).toBe(false);
  });

  it('is the same after its contents were written out and read', () => {
    const rows = 2500;
    const memory = memoryOf(dimension);
    memory.reserve(rows);
    for (let row = 0; row < rows; row++) memory.write(row, vector(dimension, row));
    const { scales, largestRest, chunks } = memory.contents(rows);
    const saved = Array.from(chunks, (chunk) => chunk.slice());
    const other = memoryOf(dimension);
    let at = 0;
    for (const chunk of other.restore(scales, largestRest)) chunk.set(saved[at++]!);
    const query = vector(dimension, 99);
    memory.ask(query);
    other.ask(query);
    expect(other.tolerance).toBe(memory.tolerance);
    for (const row of [0, 2047, 2048, 2499]) expect(other.score(row)).toBe(memory.score(row));
  });
});

describe('RowMemory', () => {
  it('holds every row however it grew', () => {
    const memory = memoryOf(32);
    for (let rows = 1000; rows <= 60_000; rows += 1000) {
      memory.reserve(rows);
      for (let row = rows - 1000; row < rows; row++) memory.write(row, vector(32, row));
    }
    const lost = Array.from({ length: 60_000 }, (_, row) => row).filter((row) => !memory.holds(row, vector(32, row)));
    expect(lost).toEqual([]);
  });

  it('scans many rows with the help of other threads as it does alone, also while more are added', async () => {
    const dimension = 32;
    const alone = memoryOf(dimension);
    const helped = memoryOf(dimension);
    helped.help(2);
    const until = Date.now() + 2000;
    let rows = 0;
    // Again and again, since the threads take a while to start.
    for (let turn = 0; Date.now() < until || turn < 5; turn++) {
      for (const added = rows; rows < Math.min(20_000, added + 4000); rows++) {
        for (const memory of [alone, helped]) {
          memory.reserve(rows + 1);
          memory.write(rows, vector(dimension, rows));
        }
      }
      const groups = Int32Array.from({ length: rows }, (_, row) => row);
      const [wanted, got] = [alone, helped].map((memory) => {
        memory.ask(vector(dimension, -1 - turn));
        memory.scan(rows);
        const best = new Float32Array(rows).fill(-Infinity);
        memory.bestRough(rows, groups, best);
        return best;
      });
      expect(got!.every((score, row) => score === wanted![row])).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });

  it('scans runs of rows across the borders of its blocks', () => {
    const memory = memoryOf(16);
    memory.reserve(5000);
    for (let row = 0; row < 5000; row++) memory.write(row, vector(16, row));
    memory.ask(vector(16, -1));
    memory.scanSome(2000, 2200);
    for (const row of [2000, 2047, 2048, 4095, 4096, 4199]) {
      expect(Math.abs(memory.rough(row) - memory.score(row))).toBeLessThanOrEqual(memory.tolerance);
    }
  });

  it('takes vectors of nothing but zeros', () => {
    const memory = memoryOf(4);
    memory.reserve(1);
    memory.write(0, new Float32Array(4));
    memory.ask(new Float32Array(4));
    memory.scan(1);
    expect([memory.rough(0), memory.score(0)]).toEqual([0, 0]);
  });

  it('refuses vectors that do not fit', () => {
    expect(() => new RowMemory(20_000)).toThrow(RangeError);
  });
});
