import { describe, expect, it } from 'vitest';
import { RowMemory } from './row-memory.js';

const vector = (dimension: number, seed: number): Float32Array =>
  Float32Array.from({ length: dimension }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233));

const plainDot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe.each([1, 3, 16, 30, 256, 512])('RowMemory with %i numbers per row', (dimension) => {
  it('gives the same dot products as a plain loop, one by one and in one pass', () => {
    const rows = 40;
    const memory = new RowMemory(dimension);
    memory.reserve(rows);
    for (let row = 0; row < rows; row++) memory.write(row, vector(dimension, row));
    const query = vector(dimension, 99);
    memory.ask(query);
    const passed: number[] = [];
    memory.eachScore(rows, (row, score) => (passed[row] = score));
    for (let row = 0; row < rows; row++) {
      const wanted = plainDot(query, vector(dimension, row));
      expect(memory.score(row)).toBeCloseTo(wanted, 3);
      expect(passed[row]).toBe(memory.score(row));
    }
  });

  it('keeps rows when it grows, moves them, and gives them without padding', () => {
    const memory = new RowMemory(dimension);
    memory.reserve(2);
    memory.write(0, vector(dimension, 1));
    memory.write(1, vector(dimension, 2));
    memory.reserve(5000);
    memory.move(1, 0);
    memory.write(1, vector(dimension, 3));
    expect(memory.row(0)).toEqual(vector(dimension, 2));
    expect(memory.packed(2)).toEqual(Float32Array.from([...vector(dimension, 2), ...vector(dimension, 3)]));
  });
});

describe('RowMemory', () => {
  it('passes through more rows than fit one pass', () => {
    const memory = new RowMemory(16);
    memory.reserve(20_000);
    for (let row = 0; row < 20_000; row++) memory.write(row, new Float32Array(16).fill(row));
    memory.ask(new Float32Array(16).fill(1 / 16));
    let wrong = 0;
    memory.eachScore(20_000, (row, score) => (wrong += Math.abs(score - row) > 0.01 ? 1 : 0));
    expect(wrong).toBe(0);
  });

  it('refuses vectors that do not fit', () => {
    expect(() => new RowMemory(20_000)).toThrow(RangeError);
  });
});
